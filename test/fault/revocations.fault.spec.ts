import { describeWithCluster } from '../servers/cluster/found.js';
import { TestCluster } from '../servers/cluster/cluster.js';
import { shortOrLong } from './length.js';
import { NOT_BEFORE_MS, Pauses } from './revocation/pauses.js';
import { revocationsText, runRevocations } from './revocation/run.js';

const NODES = 4;
const REVOCATIONS = shortOrLong(30, 1_000);
/** Each takes seconds. */
const PAUSED = shortOrLong(5, 50);
const SEED = Number(process.env['FAULT_SEED'] ?? 20_260_203);

describeWithCluster()('revocations on several nodes under load', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({ api: NODES, workers: 0, cables: false });
  }, 240_000);
  afterAll(() => cluster?.dispose());

  it(
    `are through on every node when they answer, ${REVOCATIONS} times (seed ${SEED})`,
    async () => {
      const clients = cluster.api.map((node) => node.kmsClient());
      const result = await runRevocations(clients, { revocations: REVOCATIONS, lanes: shortOrLong(2, 4), seed: SEED });
      process.stderr.write(`${revocationsText(NODES, result)}\n`);
      const { uses, times } = result;
      expect(uses.findings).toEqual([]);
      expect(uses.afterTheAnswer).toBe(0);
      // Nothing failed that was not revoked, and what was given back worked everywhere at once.
      expect(Object.fromEntries(uses.failures)).toEqual({});
      expect(uses.refused).toBeGreaterThan(0);
      expect([...times.values()].flat()).toHaveLength(REVOCATIONS);
    },
    REVOCATIONS * 2_000 + 60_000,
  );

  it(
    `wait for a node that stands still and may still use keys, ${PAUSED} times`,
    async () => {
      const clients = cluster.api.map((node) => node.kmsClient());
      const pauses = new Pauses(cluster.api);
      const result = await runRevocations(clients, {
        revocations: PAUSED,
        lanes: 1,
        seed: SEED,
        onSent: (node) => pauses.begin(node),
        notBeforeMs: NOT_BEFORE_MS,
      });
      await pauses.over();
      process.stderr.write(`${revocationsText(NODES, result)}\n`);
      expect(result.uses.findings).toEqual([]);
      expect([result.uses.afterTheAnswer, result.early]).toEqual([0, 0]);
    },
    PAUSED * 15_000 + 60_000,
  );
});
