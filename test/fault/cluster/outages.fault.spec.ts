import { Progress } from '../../bench/progress.js';
import { describeWithCluster } from '../../servers/cluster/found.js';
import { findSoftHsm, SOFTHSM_REASON } from '../../servers/softhsm/find.js';
import { requireExternal } from '../../support/external.js';
import { shortOrLong } from '../length.js';
import { FaultRun, START_WITHIN_MS } from './fault-run.js';
import { runOutage } from './outage-run.js';
import { serverOutage, type ServerName, tokenOutage, type Way, WAYS } from './outages.js';
import { runStoppedNode } from './stopped-node.js';

const SEED = Number(process.env['FAULT_SEED'] ?? 20_260_205);
const SERVERS: readonly ServerName[] = ['event store', 'Redis', 'PostgreSQL'];
/** Longer than the lease where it decides. */
const SHORT: readonly (readonly [ServerName, Way])[] = [
  ['event store', 'cut'],
  ['Redis', 'cut'],
  ['PostgreSQL', 'killed'],
];
const OUTAGES = shortOrLong(0, 1) === 0 ? SHORT : SERVERS.flatMap((name) => WAYS.map((way) => [name, way] as const));
const lengthOf = (name: ServerName | 'token'): number => shortOrLong(name === 'event store' ? 8_000 : 6_000, 10_000);

describeWithCluster()('a cluster that loses what all its nodes need, under load', () => {
  let run: FaultRun;
  let progress: Progress;

  beforeAll(async () => {
    run = await FaultRun.start(SEED);
    progress = new Progress('outages', OUTAGES.length + 2);
  }, START_WITHIN_MS);
  afterAll(() => run?.dispose());
  afterEach(() => progress.step());

  // Issue 3, section 7. What is expected meanwhile is in outages.ts.
  it.each(OUTAGES)(
    'answers as expected while %s is %s, and recovers by itself',
    async (name, way) => {
      expect(await runOutage(run, serverOutage(run, name, way), lengthOf(name))).toEqual([]);
    },
    180_000,
  );

  requireExternal(
    'softhsm',
    findSoftHsm()?.version,
    SOFTHSM_REASON,
  )('with a token', () => {
    it('refuses only the keys of a token that is gone, and uses them again when it is back', async () => {
      expect(await runOutage(run, tokenOutage(run), lengthOf('token'))).toEqual([]);
    }, 180_000);
  });

  it('does not use a key that was disabled while the node stood still', async () => {
    expect(await runStoppedNode(run)).toEqual([]);
  }, 120_000);

  it('has everything that was acknowledged in the end', async () => {
    expect((await run.close()).slice(0, 10)).toEqual([]);
    const { figures } = run;
    process.stderr.write(`\noutages: (seed ${SEED})\n\n${figures.text()}\n`);
    expect({ losses: figures.losses, doubles: figures.doubles }).toEqual({ losses: 0, doubles: 0 });
    expect({ after: figures.usesAfterRevocation, beyond: figures.usesBeyondTheLease }).toEqual({ after: 0, beyond: 0 });
    expect(run.revoked.counts.refused).toBeGreaterThan(0);
  }, 240_000);
});
