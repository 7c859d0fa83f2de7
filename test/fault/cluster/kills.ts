import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterNode } from '../../servers/cluster/cluster-node.js';
import { busyFor, killWhileStarting } from '../kill.js';
import { UNAVAILABLE } from './answers.js';
import type { FaultRun } from './fault-run.js';
import { metric } from './metrics.js';

/** Answered calls after which a node is killed at the latest. */
const MOST_CALLS = 200;
/** So many keys fall due for a worker that is killed while it rotates them. */
const DUE = 16;
/** A scheduler looks every 15 s. */
const JOBS_WITHIN_MS = 30_000;
/** How long the others go on alone, at most. */
const MOST_ALONE_MS = 1_500;
const KILLED_WHILE_STARTING = 0.25;
const MOST_FINDINGS = 10;

/** What a client may be told while one of several nodes is gone: nothing, by that node or the front; or that a change waited in vain. */
const EXPECTED: ReadonlySet<string> = new Set(['no answer', 'front: 502', 'front: 503', UNAVAILABLE]);

/** kill -9 of each node in turn under load. @returns sentences; empty when all is well */
export async function runKills(run: FaultRun, kills: number, onKilled: () => void): Promise<string[]> {
  const { nodes } = run.cluster;
  for (let kill = 0; kill < kills; kill += 1) {
    const victim = nodes[kill % nodes.length];
    if (victim === undefined) throw new Error('there are no nodes');
    const findings = await killOnce(run, victim);
    if (findings.length > 0)
      return findings.slice(0, MOST_FINDINGS).map((finding) => `kill ${kill + 1}, ${victim.name}: ${finding}`);
    onKilled();
  }
  return [];
}

async function killOnce(run: FaultRun, victim: ClusterNode): Promise<string[]> {
  const { facts, chance, cluster, figures } = run;
  const load = await run.load();
  const findings: string[] = [];
  try {
    await busyFor(facts, chance, MOST_CALLS);
    if (victim.role === 'worker' && !(await inTheMiddleOfJobs(run, victim))) findings.push('it never got a job');
    const before = facts.acknowledged.length;
    await victim.kill();
    await delay(chance.below(MOST_ALONE_MS, 200));
    const answered = facts.acknowledged.length - before;
    if (answered === 0) findings.push('the other nodes answered nothing while it was away');
    if (chance.next() < KILLED_WHILE_STARTING) await killWhileStarting(victim, chance);
    const began = performance.now();
    await victim.restart();
    await cluster.ready();
    figures.trouble(`kill -9 of ${victim.name}`, { recoveredMs: performance.now() - began, answered });
    await delay(chance.below(400, 100));
  } finally {
    await load.stop();
  }
  return [...findings, ...load.unexpected(EXPECTED), ...(await run.check(load))];
}

/** Makes keys fall due, and waits until this worker has rotated one of them: the next ones are under way then. */
async function inTheMiddleOfJobs(run: FaultRun, worker: ClusterNode): Promise<boolean> {
  const done = (): Promise<number> => metric(worker, 'claviger_jobs_total{type="rotate",result="done"}');
  const before = await done();
  await run.automatic(DUE);
  const deadline = performance.now() + JOBS_WITHIN_MS;
  while ((await done()) === before) {
    if (performance.now() > deadline) return false;
    await delay(5);
  }
  return true;
}
