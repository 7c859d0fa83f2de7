import { type Contender, type Operation, OPERATIONS, prepareLoad, startBare, startClaviger } from './contender.js';
import { cpuSeconds } from './machine.js';
import { Progress } from './progress.js';
import { figureRow, type Figure, type Report, short, table } from './report.js';
import { backlogText, waitForBacklog } from './backlog.js';
import { median, medianRatio } from './statistics.js';
import { type Load, MOST_GENERATOR, runLoad } from './wrk.js';

export interface ThroughputOptions {
  /** For files of requests. */
  readonly folder: string;
  readonly rounds: number;
  readonly seconds: number;
}

const CONNECTIONS = [1, 32, 64];
/** Held against the targets: at one connection the disk decides, and section "lone call" looks at that. */
const JUDGED = [32, 64];
const WARM_UP_SECONDS = 2;

/** One run of one server, with the CPU that the server took per call. */
interface Round extends Load {
  readonly cpuMicros: number;
}

interface Cell {
  readonly operation: Operation;
  readonly connections: number;
  readonly service: Round[];
  readonly bare: Round[];
  /** Pairs of runs that did not count because the generator was too busy. */
  thrownAway: number;
}

/** Calls over SigV4 against the bare server, side by side: both are up all the time, and each round runs both, in changing order. */
export async function benchThroughput(report: Report, options: ThroughputOptions): Promise<void> {
  const service = await startClaviger('claviger');
  const bare = await startBare();
  const probed = await startClaviger('claviger with a probe', { probe: true });
  try {
    await warmUp([service, bare, probed], options);
    const cells = await allCells(service, bare, options);
    const behind = await backlogText(service.target.url);
    const seconds = await waitForBacklog(service.target.url);
    printCells(cells);
    console.log(`\n  ${behind}; caught up ${seconds.toFixed(1)} s later`);
    const figures = cells.flatMap(figuresOf);
    report.add(...figures, await benchProbe(service, probed, bare, options));
    console.log(`\n${table(['figure', 'value', 'ratio', 'target', ''], report.figures.map(figureRow))}`);
  } finally {
    await Promise.all([service.stop(), bare.stop(), probed.stop()]);
  }
}

async function warmUp(contenders: readonly Contender[], { folder }: ThroughputOptions): Promise<void> {
  for (const contender of contenders) {
    for (const operation of OPERATIONS) {
      const file = prepareLoad(folder, contender, operation);
      await runLoad({ url: contender.target.url, file, connections: 32, seconds: WARM_UP_SECONDS });
    }
  }
}

async function allCells(service: Contender, bare: Contender, options: ThroughputOptions): Promise<Cell[]> {
  const cells: Cell[] = CONNECTIONS.flatMap((connections) =>
    OPERATIONS.map((operation) => ({ operation, connections, service: [], bare: [], thrownAway: 0 })),
  );
  const progress = new Progress('throughput', options.rounds * cells.length);
  for (let round = 0; round < options.rounds; round += 1) {
    for (const cell of cells) {
      await runPair(cell, service, bare, round, options);
      progress.step();
    }
  }
  return cells;
}

/** Runs both servers; again where the generator was too busy, but not for ever: then the round is missing from the medians. */
async function runPair(
  cell: Cell,
  service: Contender,
  bare: Contender,
  round: number,
  options: ThroughputOptions,
): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const order = (round + attempt) % 2 === 0 ? [service, bare] : [bare, service];
    const runs = new Map<Contender, Round>();
    for (const contender of order)
      runs.set(contender, await measured(contender, cell.operation, cell.connections, options));
    const [one, other] = [runs.get(service), runs.get(bare)];
    if (one === undefined || other === undefined) continue;
    if (Math.max(one.generator, other.generator) > MOST_GENERATOR) {
      cell.thrownAway += 1;
      continue;
    }
    cell.service.push(one);
    cell.bare.push(other);
    return;
  }
}

export async function measured(
  contender: Contender,
  operation: Operation,
  connections: number,
  { folder, seconds }: Pick<ThroughputOptions, 'folder' | 'seconds'>,
): Promise<Round> {
  const file = prepareLoad(folder, contender, operation);
  const before = cpuSeconds(contender.pid);
  const load = await runLoad({ url: contender.target.url, file, connections, seconds });
  return { ...load, cpuMicros: ((cpuSeconds(contender.pid) - before) * 1e6) / load.requests };
}

const of = (rounds: readonly Round[], field: keyof Round): number[] => rounds.map((round) => round[field]);

function printCells(cells: readonly Cell[]): void {
  const head = [
    'operation',
    'conns',
    'req/s',
    'p50 ms',
    'p99 ms',
    'cpu µs',
    'bare req/s',
    'p50 ms',
    'p99 ms',
    'cpu µs',
    'req/s ratio',
    'p99 ratio',
    'wrk cpu',
    'rounds',
    'thrown',
  ];
  const rows = cells.map(({ operation, connections, service, bare, thrownAway }) => {
    if (service.length === 0)
      return [operation, String(connections), 'no round counted', ...Array<string>(11).fill(''), String(thrownAway)];
    const side = (rounds: readonly Round[]): string[] =>
      (['rate', 'p50', 'p99', 'cpuMicros'] as const).map((field) => short(median(of(rounds, field))));
    const ratio = (field: keyof Round): string => medianRatio(of(service, field), of(bare, field)).toFixed(2);
    const generator = Math.max(...of(service, 'generator'), ...of(bare, 'generator')).toFixed(2);
    return [
      operation,
      String(connections),
      ...side(service),
      ...side(bare),
      ratio('rate'),
      ratio('p99'),
      generator,
      String(service.length),
      String(thrownAway),
    ];
  });
  console.log(table(head, rows));
}

function figuresOf({ operation, connections, service, bare }: Cell): Figure[] {
  if (service.length === 0) return [];
  const against = 'bare node:http';
  const judged = operation !== 'Sign' && JUDGED.includes(connections);
  const at = `${operation}, ${connections} connection${connections === 1 ? '' : 's'}`;
  const figure = (what: string, field: keyof Round, unit: string, target: Figure['target']): Figure => ({
    name: `${at}: ${what}`,
    value: median(of(service, field)),
    unit,
    ratio: medianRatio(of(service, field), of(bare, field)),
    against,
    ...(judged && target !== undefined ? { target } : {}),
  });
  return [
    figure('calls per second', 'rate', 'req/s', { atLeast: 0.85 }),
    figure('p50', 'p50', 'ms', undefined),
    figure('p99', 'p99', 'ms', { atMost: 1.5 }),
  ];
}

/** A bench that does not see 20 µs more per answer sees nothing. */
async function benchProbe(
  service: Contender,
  probed: Contender,
  bare: Contender,
  options: ThroughputOptions,
): Promise<Figure> {
  const plain: number[] = [];
  const slowed: number[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    const rates = new Map<Contender, number>();
    const order = round % 2 === 0 ? [service, probed, bare] : [bare, probed, service];
    for (const contender of order) rates.set(contender, (await measured(contender, 'Encrypt', 64, options)).rate);
    const reference = rates.get(bare) ?? Number.NaN;
    plain.push((rates.get(service) ?? Number.NaN) / reference);
    slowed.push((rates.get(probed) ?? Number.NaN) / reference);
  }
  console.log(
    `\n  probe (+20 µs per answer), Encrypt, 64 connections: ${median(slowed).toFixed(2)} of the bare server, without it ${median(plain).toFixed(2)}`,
  );
  return {
    name: 'probe: ratio with 20 µs more per answer',
    value: median(slowed),
    unit: 'of bare',
    ratio: medianRatio(slowed, plain),
    against: 'the same without the probe',
    target: { atMost: 0.9 },
  };
}
