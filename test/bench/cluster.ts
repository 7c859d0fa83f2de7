import { TestCluster } from '../servers/cluster/cluster.js';
import type { ClusterNode } from '../servers/cluster/cluster-node.js';
import { missingPackages } from '../servers/cluster/found.js';
import { type Contender, contender, startClaviger } from './contender.js';
import { Progress } from './progress.js';
import { type Figure, figureRow, type Report, table } from './report.js';
import { median, medianRatio } from './statistics.js';
import { measured, type ThroughputOptions } from './throughput.js';

/** Connections at one api node, while the appends to its journal are counted. */
const CONNECTIONS = [1, 32, 128] as const;
/** Of each api node in the comparison, and half of what the embedded node is given. */
const PER_NODE = 32;
const NODES = 2;
const WARM_UP_SECONDS = 2;

/**
 * An api node's journal lies in the event store, and calls wait for it in groups: the more calls, the fewer appends for each. And what two
 * api nodes encrypt beside what one embedded node does. The event store is the tests' stand-in, as a process of its own on this machine.
 */
export async function benchCluster(report: Report, options: ThroughputOptions): Promise<void> {
  const missing = missingPackages();
  if (missing.length > 0) {
    console.log(`  NOT RUN: Debian packages ${missing.join(', ')} are not installed`);
    return;
  }
  await using cluster = await TestCluster.start({ api: NODES, workers: 0, cables: false });
  const embedded = await startClaviger('one embedded node');
  try {
    const nodes = await Promise.all(cluster.api.map((node) => contender(node.name, node)));
    const all = [...nodes, embedded];
    for (const one of all) await measured(one, 'Encrypt', PER_NODE, { ...options, seconds: WARM_UP_SECONDS });
    const figures = [
      ...(await appendsPerCall(cluster, nodes, options)),
      ...(await twoAgainstOne(nodes, embedded, options)),
    ];
    console.log(`\n${table(['figure', 'value', 'ratio', 'target', ''], figures.map(figureRow))}`);
    report.add(...figures);
  } finally {
    await embedded.stop();
  }
}

/** Counted by the event store, at each number of connections in turn. */
async function appendsPerCall(
  cluster: TestCluster,
  nodes: readonly Contender[],
  options: ThroughputOptions,
): Promise<Figure[]> {
  const [node, service] = [cluster.api[0], nodes[0]];
  if (node === undefined || service === undefined) throw new Error('there is no api node');
  const shares = new Map<number, number[]>(CONNECTIONS.map((connections) => [connections, []]));
  const progress = new Progress('appends per call', options.rounds * CONNECTIONS.length);
  for (let round = 0; round < options.rounds; round += 1) {
    for (const connections of round % 2 === 0 ? CONNECTIONS : [...CONNECTIONS].reverse()) {
      const before = await journalAppends(cluster, node);
      const { requests } = await measured(service, 'Encrypt', connections, options);
      shares.get(connections)?.push(((await journalAppends(cluster, node)) - before) / requests);
      progress.step();
    }
  }
  const alone = shares.get(1) ?? [];
  return [...shares].map(([connections, values]) => ({
    name: `journal in the event store, ${connections} connection${connections === 1 ? '' : 's'}`,
    value: median(values),
    unit: 'appends/call',
    ratio: connections === 1 ? null : medianRatio(values, alone),
    against: connections === 1 ? null : '1 connection',
    // While one append is under way the calls that come form the next group: two groups of half the callers each, at the least.
    ...(connections === 1 ? {} : { target: { atMost: 3 / connections } }),
  }));
}

const journalAppends = ({ eventStore }: TestCluster, { name }: ClusterNode): Promise<number> =>
  eventStore.server.calls('append', `audit-journal-${name}`);

/** As many connections on both sides. Both are up all the time, and each round runs both, in changing order. */
async function twoAgainstOne(
  nodes: readonly Contender[],
  embedded: Contender,
  options: ThroughputOptions,
): Promise<Figure[]> {
  const cluster: number[] = [];
  const alone: number[] = [];
  const progress = new Progress('two api nodes beside one embedded node', options.rounds);
  for (let round = 0; round < options.rounds; round += 1) {
    const runs = [
      async () => {
        const rates = await Promise.all(
          nodes.map(async (node) => (await measured(node, 'Encrypt', PER_NODE, options)).rate),
        );
        cluster.push(rates.reduce((sum, rate) => sum + rate, 0));
      },
      async () => alone.push((await measured(embedded, 'Encrypt', NODES * PER_NODE, options)).rate),
    ];
    for (const run of round % 2 === 0 ? runs : runs.reverse()) await run();
    progress.step();
  }
  const against = 'one embedded node';
  return [
    { name: `Encrypt on ${against}`, value: median(alone), unit: 'req/s', ratio: null, against: null },
    {
      name: `Encrypt on ${NODES} api nodes`,
      value: median(cluster),
      unit: 'req/s',
      ratio: medianRatio(cluster, alone),
      against,
    },
  ];
}
