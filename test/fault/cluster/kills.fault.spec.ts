import { Progress } from '../../bench/progress.js';
import { describeWithCluster } from '../../servers/cluster/found.js';
import { shortOrLong } from '../length.js';
import { FaultRun, START_WITHIN_MS } from './fault-run.js';
import { runKills } from './kills.js';

const KILLS = shortOrLong(5, 50);
const SEED = Number(process.env['FAULT_SEED'] ?? 20_260_204);

describeWithCluster()('kill -9 of each node of a cluster under load', () => {
  let run: FaultRun;

  beforeAll(async () => {
    run = await FaultRun.start(SEED);
  }, START_WITHIN_MS);
  afterAll(() => run?.dispose());

  // Issue 3, section 7
  it(
    `loses nothing that was acknowledged, rotates nothing twice and needs no help, ${KILLS} times (seed ${SEED})`,
    async () => {
      const progress = new Progress('kills', KILLS);
      const findings = await runKills(run, KILLS, () => progress.step());
      expect(findings).toEqual([]);
      expect((await run.close()).slice(0, 10)).toEqual([]);
      const { figures } = run;
      process.stderr.write(`\nkills: ${KILLS} (seed ${SEED})\n\n${figures.text()}\n`);
      expect(figures.usesAfterRevocation).toBe(0);
      expect(figures.ciphertexts).toBeGreaterThan(KILLS);
      // Revocations were looked at where they were seen to work.
      expect(run.revoked.counts.refused).toBeGreaterThan(0);
    },
    KILLS * 60_000 + 240_000,
  );
});
