import { setTimeout as delay } from 'node:timers/promises';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { TestCluster } from '../../servers/cluster/cluster.js';
import { rotationsOf } from '../check.js';
import type { Facts, KeyFacts } from '../facts.js';
import { createKey } from './create-key.js';

/** Two rounds of the scheduler, a lock of the queue that has to run out, and the search for such locks. */
const ROTATED_WITHIN_MS = 120_000;

/** Keys that rotate a day after their creation: for workers whose calendar is ahead (ahead.mjs) that is now, and once. */
export async function createAutomatic(
  cluster: TestCluster,
  kms: KMSClient,
  facts: Facts,
  count: number,
): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async () => {
      const key = facts.created(await createKey(kms, facts), true);
      const path = `/api/v1/keys/${key.keyId}/rotation-policy`;
      const { status, body } = await cluster.admin.admin('PUT', path, { everyDays: 1 });
      if (status !== 200) throw new Error(`PUT ${path}: ${status} ${JSON.stringify(body)}`);
    }),
  );
}

/** Waits until time has rotated each of them. @returns sentences; empty when each was, once */
export async function checkAutomatic(kms: KMSClient, { keys }: Facts): Promise<string[]> {
  const deadline = performance.now() + ROTATED_WITHIN_MS;
  let waiting = keys.filter(({ automatic }) => automatic);
  const findings: string[] = [];
  for (;;) {
    const left: KeyFacts[] = [];
    for (const key of waiting) {
      const { automatic } = await rotationsOf(kms, key.keyId);
      if (automatic === 0) left.push(key);
      else if (automatic > 1) findings.push(`key ${key.keyId} has rotated by itself ${automatic} times`);
    }
    waiting = left;
    if (waiting.length === 0) return findings;
    if (performance.now() > deadline) break;
    await delay(500);
  }
  return [...findings, ...waiting.map(({ keyId }) => `key ${keyId} was due, and no worker has rotated it`)];
}
