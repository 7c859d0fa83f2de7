import { join } from 'node:path';
import type { TestServer } from '@claviger/testing';
import { cpuSeconds, residentBytes } from './machine.js';
import { encryptOnce, encryptRequests, Grower, type Population, withEntries } from './population.js';
import { Progress } from './progress.js';
import { figureRow, type Figure, type Report, short, table } from './report.js';
import { median, medianRatio } from './statistics.js';
import type { ThroughputOptions } from './throughput.js';
import { runLoad } from './wrk.js';

export interface ScaleOptions extends ThroughputOptions {
  /** Ascending; the last is the size that memory and start-up are judged at. */
  readonly sizes: readonly number[];
  readonly entries: number;
}

/** Keys that calls go to once they are warm, spread over all. */
const WARM_KEYS = 1_000;
/** Keys that are called once each, for the price of a miss. */
const COLD_KEYS = 5_000;
const MOST_STARTUP_SECONDS = 3;
const MOST_BYTES_PER_KEY = 1_200;
const FEWEST_KEYS_TO_JUDGE = 9_000;
/** What counts as flat, above the noise that ratios of one round have. */
const FLAT = 1.25;

/** What grows with the number of keys, and what must not. */
export async function benchScale(report: Report, options: ScaleOptions): Promise<void> {
  const { folder, sizes } = options;
  const grower = await Grower.start(folder);
  try {
    const most = sizes.at(-1) ?? 0;
    const growing = new Progress('creating keys', most);
    const populations: Population[] = [];
    for (const size of sizes) populations.push(await grower.growTo(size, growing));
    const figures = [
      ...(await benchCurve(grower, populations, options)),
      ...(await benchStartUp(grower, populations, options)),
    ];
    report.add(...figures);
    console.log(`\n${table(['figure', 'value', 'ratio', 'target', ''], figures.map(figureRow))}`);
  } finally {
    await grower.dispose();
  }
}

interface Point {
  readonly population: Population;
  readonly server: TestServer;
  readonly cpuMicros: number[];
  readonly rates: number[];
  coldRate: number;
  coldCpuMicros: number;
  readonly residentAtStart: number;
  residentAfterAll: number;
}

/** One server per size, all up at once; each round asks each of them. */
async function benchCurve(
  grower: Grower,
  populations: readonly Population[],
  options: ScaleOptions,
): Promise<Figure[]> {
  const points: Point[] = [];
  try {
    for (const population of populations) {
      const server = grower.serverOver(population.folder);
      await server.start();
      const residentAtStart = residentBytes(server.pid);
      points.push({
        population,
        server,
        cpuMicros: [],
        rates: [],
        coldRate: 0,
        coldCpuMicros: 0,
        residentAtStart,
        residentAfterAll: 0,
      });
    }
    const progress = new Progress('cost per call by keys', points.length * (options.rounds + 2));
    for (const point of points) {
      await coldCalls(point);
      progress.step();
    }
    for (let round = -1; round < options.rounds; round += 1) {
      for (const point of round % 2 === 0 ? points : points.toReversed()) {
        await warmCalls(point, options, round >= 0);
        if (round >= 0) progress.step();
      }
    }
    for (const point of points) {
      await encryptOnce(point.server, point.population.keyIds);
      point.residentAfterAll = residentBytes(point.server.pid);
      progress.step();
    }
    printCurve(points);
    return curveFigures(points);
  } finally {
    for (const { server } of points) await server.dispose();
  }
}

async function coldCalls(point: Point): Promise<void> {
  const { server, population } = point;
  // A few first calls, so that the compiler's work is not taken for a miss.
  const [first = '', ...others] = spread(population.keyIds, COLD_KEYS);
  await encryptOnce(server, Array<string>(2_000).fill(first));
  const before = cpuSeconds(server.pid);
  point.coldRate = await encryptOnce(server, others);
  point.coldCpuMicros = ((cpuSeconds(server.pid) - before) * 1e6) / Math.max(1, others.length);
}

async function warmCalls(
  { server, population, cpuMicros, rates }: Point,
  options: ScaleOptions,
  counts: boolean,
): Promise<void> {
  const file = join(options.folder, `scale-${population.size}.requests`);
  encryptRequests(server, file, spread(population.keyIds, WARM_KEYS));
  const before = cpuSeconds(server.pid);
  const load = await runLoad({ url: server.url, file, connections: 64, seconds: options.seconds });
  if (!counts) return;
  cpuMicros.push(((cpuSeconds(server.pid) - before) * 1e6) / load.requests);
  rates.push(load.rate);
}

/** At most `count` of them, evenly over the whole. */
function spread(keyIds: readonly string[], count: number): string[] {
  const step = Math.max(1, keyIds.length / count);
  return Array.from({ length: Math.min(count, keyIds.length) }, (_, index) => keyIds[Math.floor(index * step)] ?? '');
}

function printCurve(points: readonly Point[]): void {
  const head = [
    'keys',
    'warm req/s',
    'warm cpu µs',
    'of the smallest',
    'cold req/s',
    'cold cpu µs',
    'MB at start',
    'MB after all were used',
  ];
  const smallest = points[0]?.cpuMicros ?? [];
  const rows = points.map((point) => [
    String(point.population.size),
    short(median(point.rates)),
    short(median(point.cpuMicros)),
    medianRatio(point.cpuMicros, smallest).toFixed(2),
    point.population.size < 100 ? '' : short(point.coldRate),
    point.population.size < 100 ? '' : short(point.coldCpuMicros),
    short(point.residentAtStart / 1e6),
    short(point.residentAfterAll / 1e6),
  ]);
  console.log(table(head, rows));
}

function curveFigures(points: readonly Point[]): Figure[] {
  const [smallest, largest] = [points[0], points.at(-1)];
  if (smallest === undefined || largest === undefined) return [];
  const against = `${smallest.population.size} keys`;
  const costs = points.map(
    ({ population, cpuMicros }): Figure => ({
      name: `cost of a warm Encrypt with ${population.size} keys`,
      value: median(cpuMicros),
      unit: 'µs of CPU',
      ratio: medianRatio(cpuMicros, smallest.cpuMicros),
      against,
      target: { atMost: FLAT },
    }),
  );
  const keys = largest.population.size - smallest.population.size;
  const bytes = (name: string, field: 'residentAtStart' | 'residentAfterAll'): Figure => ({
    name,
    value: (largest[field] - smallest[field]) / keys,
    unit: 'bytes',
    ratio: null,
    against: null,
    // Below that the noise of a heap is more than its keys.
    ...(keys < FEWEST_KEYS_TO_JUDGE ? {} : { target: { atMost: MOST_BYTES_PER_KEY } }),
  });
  return [
    ...costs,
    bytes(`memory per key after start with ${largest.population.size} keys`, 'residentAtStart'),
    bytes('memory per key after each was used', 'residentAfterAll'),
  ];
}

/** The same keys with and without a long journal behind them, started in turn. */
async function benchStartUp(
  grower: Grower,
  populations: readonly Population[],
  options: ScaleOptions,
): Promise<Figure[]> {
  const largest = populations.at(-1);
  if (largest === undefined) return [];
  const longer = await withEntries(grower, largest, options.entries, new Progress('journal entries', options.entries));
  const [short_, long]: [number[], number[]] = [[], []];
  const progress = new Progress('starts', options.rounds * 2);
  for (let round = 0; round < options.rounds; round += 1) {
    const order: [string, number[]][] = [
      [largest.folder, short_],
      [longer, long],
    ];
    for (const [folder, times] of round % 2 === 0 ? order : order.reverse()) {
      times.push(await startSeconds(grower, folder));
      progress.step();
    }
  }
  return [
    {
      name: `start-up with ${largest.size} keys`,
      value: median(short_),
      unit: 's',
      ratio: null,
      against: null,
      target: { atMost: MOST_STARTUP_SECONDS },
    },
    {
      name: `start-up with ${options.entries} journal entries as well`,
      value: median(long),
      unit: 's',
      ratio: medianRatio(long, short_),
      against: 'without them',
      target: { atMost: 1.15 },
    },
  ];
}

async function startSeconds(grower: Grower, folder: string): Promise<number> {
  const server = grower.serverOver(folder);
  const from = performance.now();
  await server.start();
  const seconds = (performance.now() - from) / 1000;
  await server.stop();
  await server.dispose();
  return seconds;
}
