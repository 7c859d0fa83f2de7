import { parseArgs } from 'node:util';
import { Progress } from '../bench/progress.js';
import { TestCluster } from '../servers/cluster/cluster.js';
import { missingPackages } from '../servers/cluster/found.js';
import { NOT_BEFORE_MS, Pauses } from './revocation/pauses.js';
import { revocationsText, runRevocations } from './revocation/run.js';

const USAGE = `node test/servers/run.mjs fault/revocations [options]
  --revocations N   how many, of every kind in turn (default 1000)
  --nodes N         api nodes (default 4)
  --lanes N         pairs of keys beside each other, each used on every node without a pause (default 4)
  --paused N        how many more while one of the other nodes stands still for 2.5 s (default 20)
  --seed N          of the chance (default: today's)
Exit code 1 when a key was used after the answer of its revocation, or one answered without waiting for a node that stood still.`;

const { values } = parseArgs({
  options: {
    revocations: { type: 'string', default: '1000' },
    nodes: { type: 'string', default: '4' },
    lanes: { type: 'string', default: '4' },
    paused: { type: 'string', default: '20' },
    seed: { type: 'string', default: new Date().toISOString().slice(0, 10).replaceAll('-', '') },
    help: { type: 'boolean', default: false },
  },
});
process.exitCode = values.help ? help() : await main();

function help(): number {
  process.stdout.write(`${USAGE}\n`);
  return 0;
}

async function main(): Promise<number> {
  const missing = missingPackages();
  if (missing.length > 0) {
    process.stderr.write(`A cluster needs the Debian packages ${missing.join(', ')}, which are not installed.\n`);
    return 1;
  }
  const { revocations: number, nodes: apiNodes } = values;
  const wanted = [number, apiNodes, values.lanes, values.paused, values.seed].map(Number);
  const [revocations = 0, nodes = 0, lanes = 0, paused = 0, seed = 0] = wanted;
  if (!wanted.every((n) => Number.isSafeInteger(n) && n > 0)) {
    process.stderr.write(`Expected whole numbers above 0.\n${USAGE}\n`);
    return 2;
  }
  await using cluster = await TestCluster.start({ api: nodes, workers: 0, cables: false });
  const progress = new Progress('revocations', revocations + paused);
  const clients = cluster.api.map((node) => node.kmsClient());
  const onRevoked = (): void => progress.step();
  const healthy = await runRevocations(clients, { revocations, lanes, seed, onRevoked });
  process.stdout.write(`seed ${seed}\n\nhealthy\n${revocationsText(clients.length, healthy)}\n`);
  const pauses = new Pauses(cluster.api);
  const onSent = (node: number): void => pauses.begin(node);
  const slow = await runRevocations(clients, {
    revocations: paused,
    lanes: 1,
    seed,
    onRevoked,
    onSent,
    notBeforeMs: NOT_BEFORE_MS,
  });
  await pauses.over();
  process.stdout.write(`\none of the other nodes stands still\n${revocationsText(clients.length, slow)}\n`);
  return healthy.uses.afterTheAnswer + slow.uses.afterTheAnswer + slow.early === 0 ? 0 : 1;
}
