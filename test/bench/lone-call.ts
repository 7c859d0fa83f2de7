import { dirname, join } from 'node:path';
import { prepareLoad, startClaviger } from './contender.js';
import { fdatasyncTimes } from './machine.js';
import { figureRow, type Report, short, table } from './report.js';
import { median } from './statistics.js';
import type { ThroughputOptions } from './throughput.js';
import { runLoad } from './wrk.js';

const SYNCS = 400;

/** One caller alone pays for one sync of the disk and little more. Both are measured in turn, in the same folder. */
export async function benchLoneCall(report: Report, { folder, rounds, seconds }: ThroughputOptions): Promise<void> {
  const service = await startClaviger('claviger', { folder: join(folder, 'lone') });
  try {
    const calls: number[] = [];
    const syncs: number[] = [];
    const beyond: number[] = [];
    // The first load is for the compiler.
    for (let round = -1; round < rounds; round += 1) {
      const file = prepareLoad(folder, service, 'Encrypt');
      const { p50 } = await runLoad({ url: service.target.url, file, connections: 1, seconds });
      const sync = median(fdatasyncTimes(dirname(file), SYNCS));
      if (round < 0) continue;
      calls.push(p50);
      syncs.push(sync);
      beyond.push(p50 - sync);
    }
    report.add({ name: 'fdatasync of 512 bytes, p50', value: median(syncs), unit: 'ms', ratio: null, against: null });
    report.add({ name: 'lone Encrypt, p50', value: median(calls), unit: 'ms', ratio: null, against: null });
    const figure = {
      name: 'lone Encrypt, p50 beyond one fdatasync',
      value: median(beyond),
      unit: 'ms',
      ratio: null,
      against: null,
      target: { atMost: 0.5 },
    };
    report.add(figure);
    console.log(
      `  a lone Encrypt ${short(median(calls))} ms, one fdatasync ${short(median(syncs))} ms (medians of ${rounds} rounds)`,
    );
    console.log(table(['figure', 'value', 'ratio', 'target', ''], [figureRow(figure)]));
  } finally {
    await service.stop();
  }
}
