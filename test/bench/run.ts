import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchCluster } from './cluster.js';
import { benchEventStore } from './event-store.js';
import { benchJournal } from './journal.js';
import { benchLoneCall } from './lone-call.js';
import { machineText } from './machine.js';
import { type Figure, figureRow, Report, table, verdict } from './report.js';
import { benchRotations } from './rotations.js';
import { benchRsaNeighbour } from './rsa-neighbour.js';
import { benchScale } from './scale.js';
import { benchThroughput } from './throughput.js';
import { benchVersions } from './versions.js';
import { wrkVersion } from './wrk.js';

const USAGE = `npm run bench -- [options]
  --json FILE       leave the figures in FILE: [{name, value, unit, ratio, against}]
  --only a,b        sections: throughput, lone-call, rsa-neighbour, event-store, journal, rotations, versions, cluster,
                    scale
  --rounds N        rounds per figure (default 5, at least 5 for figures that count)
  --seconds N       length of one load (default 2)
  --quick           few keys and entries, for a look`;

interface Section {
  readonly name: string;
  readonly title: string;
  readonly run: (report: Report) => Promise<void>;
}

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
process.exitCode = await main();

async function main(): Promise<number> {
  const wrk = wrkVersion();
  if (process.platform !== 'linux' || wrk === undefined) {
    console.error('The bench needs Linux and wrk: apt-get install wrk');
    return 1;
  }
  const folder = mkdtempSync(join(tmpdir(), 'claviger-bench-'));
  // Ended by a signal, it leaves nothing either: servers end with this process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      rmSync(folder, { recursive: true, force: true });
      process.exit(1);
    });
  }
  const report = new Report();
  try {
    console.log(`${machineText()} · ${wrk}\n`);
    const sections = chosen(allSections(folder));
    for (const { title, run } of sections) {
      console.log(`\n== ${title}\n`);
      await run(report);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return close(report);
}

function allSections(folder: string): Section[] {
  const rounds = Number(values.rounds);
  const load = { folder, rounds, seconds: Number(values.seconds) };
  const sizes = values.quick ? [10, 100, 1_000] : [10, 100, 1_000, 10_000, 100_000];
  const counts = values.quick ? [1, 10, 100] : [1, 10, 100, 1_000];
  const entries = values.quick ? 20_000 : 1_000_000;
  return [
    {
      name: 'throughput',
      title: 'Calls over SigV4, beside a bare node:http server',
      run: (report) => benchThroughput(report, load),
    },
    {
      name: 'lone-call',
      title: 'A lone call, beside one sync of the disk',
      run: (report) => benchLoneCall(report, load),
    },
    {
      name: 'rsa-neighbour',
      title: 'Encrypt beside slow signatures',
      run: (report) => benchRsaNeighbour(report, load),
    },
    {
      name: 'event-store',
      title: 'The event store beside itself and a bare scan',
      run: printed(() => benchEventStore({ ...load, events: entries })),
    },
    {
      name: 'journal',
      title: 'The journal beside bare groups of writes',
      run: printed(() => benchJournal(load)),
    },
    {
      name: 'rotations',
      title: 'Rotations beside grouped appends',
      run: printed(() => benchRotations(load)),
    },
    {
      name: 'versions',
      title: 'Cost per call by versions of a key',
      run: (report) => benchVersions(report, { ...load, counts }),
    },
    {
      name: 'cluster',
      title: 'A cluster: appends per call, and two api nodes beside one embedded node',
      run: (report) => benchCluster(report, load),
    },
    {
      name: 'scale',
      title: 'Cost per call, memory and start-up by keys',
      run: (report) => benchScale(report, { ...load, sizes, entries }),
    },
  ];
}

/** For sections that only answer figures. */
function printed(bench: () => Promise<readonly Figure[]>): Section['run'] {
  return async (report) => {
    const figures = await bench();
    report.add(...figures);
    console.log(table(['figure', 'value', 'ratio', 'target', ''], figures.map(figureRow)));
  };
}

function chosen(sections: readonly Section[]): readonly Section[] {
  if (values.only === undefined) return sections;
  const names = values.only.split(',');
  const unknown = names.filter((name) => !sections.some((section) => section.name === name));
  if (unknown.length > 0) throw new Error(`no section ${unknown.join(', ')}\n${USAGE}`);
  return sections.filter(({ name }) => names.includes(name));
}

/** Missed targets are told, not failed: they depend on the machine and on who else uses it. */
function close(report: Report): number {
  const judged = report.figures.filter((figure) => figure.target !== undefined);
  console.log(`\n== All targets\n\n${table(['figure', 'value', 'ratio', 'target', ''], judged.map(figureRow))}`);
  if (values.json !== undefined) writeFileSync(values.json, report.json());
  const missed = judged.filter((figure) => verdict(figure) === 'MISSED').length;
  console.log(
    `\nbench: ${report.figures.length} figures, ${judged.length - missed} of ${judged.length} targets reached, ${missed} missed`,
  );
  return 0;
}
