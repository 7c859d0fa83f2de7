import { setTimeout as delay } from 'node:timers/promises';
import { DisableKeyCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { failureOf, UNAVAILABLE } from './answers.js';
import { createKey } from './create-key.js';
import type { FaultRun } from './fault-run.js';
import { Load } from './load.js';

const CALLS = 8;
/** The longest lease, and what a revoker adds to it; on a busy machine. */
const REVOKED_WITHIN_MS = 8_000;
const LEASE_MS = 5_000;
const RECOVERED_WITHIN_MS = 60_000;

/**
 * An api node is stopped (SIGSTOP) as by a paused machine, and knows nothing of it. A revocation at the other node waits until the lease of
 * the stopped one has run out; what clients had asked of it meanwhile it refuses when it goes on. @returns sentences; empty when all is well
 */
export async function runStoppedNode(run: FaultRun): Promise<string[]> {
  const [stopped, other] = run.cluster.api;
  if (stopped === undefined || other === undefined) throw new Error('two api nodes are needed');
  const [kms, revoker] = [stopped.kmsClient(), other.kmsClient()];
  const findings: string[] = [];
  const KeyId = await createKey(revoker, run.facts);
  run.facts.elsewhere.add(KeyId);
  const use = (): Promise<string> =>
    kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('text') })).then(() => 'success', failureOf);
  if ((await use()) !== 'success') findings.push('the key did not work before');
  const began = performance.now();
  stopped.signal('SIGSTOP');
  const asked = Array.from({ length: CALLS }, use);
  await revoker.send(new DisableKeyCommand({ KeyId }));
  const waited = performance.now() - began;
  asked.push(...Array.from({ length: CALLS }, use));
  await delay(50);
  stopped.signal('SIGCONT');
  const resumed = performance.now();
  const outcomes = await Promise.all(asked);
  const used = outcomes.filter((outcome) => outcome === 'success').length;
  run.figures.usesAfterRevocation += used;
  if (used > 0) findings.push(`${used} uses of a disabled key after the answer`);
  const odd = outcomes.filter((outcome) => !['success', 'DisabledException', UNAVAILABLE].includes(outcome));
  if (odd.length > 0) findings.push(`expected to be refused, found ${odd.join(', ')}`);
  // Shorter than a lease that was renewed at most a second before the stop: nobody can have waited for it.
  if (waited < LEASE_MS - 2_000 || waited > REVOKED_WITHIN_MS)
    findings.push(`the revocation was answered after ${waited.toFixed(0)} ms, expected the rest of the lease`);
  await run.cluster.ready(RECOVERED_WITHIN_MS);
  run.figures.trouble(`${stopped.name} stopped`, { recoveredMs: performance.now() - resumed, answered: 1 });
  for (const client of [kms, revoker]) client.destroy();
  return [...findings, ...(await run.check(new Load([])))];
}
