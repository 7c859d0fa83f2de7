import { type KMSClient, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { setTimeout as delay } from 'node:timers/promises';
import { rotationsOf } from '../check.js';
import type { Facts } from '../facts.js';
import { answered, NoAnswer } from '../load.js';
import { leavesOpen } from './answers.js';
import { createKey } from './create-key.js';
import type { Stepper } from './load.js';

/** Over AWS a key takes 25 rotations on demand. */
const MOST_ROTATIONS = 25;
const PAUSE_MS = 50;

/** A key that all nodes rotate at the same time. */
export interface ContendedKey {
  readonly keyId: string;
  acknowledged: number;
  /** Sent and not answered: each has happened once or not at all. */
  open: number;
}

export async function contendedKey(kms: KMSClient, facts: Facts): Promise<ContendedKey> {
  const keyId = await createKey(kms, facts);
  facts.elsewhere.add(keyId);
  return { keyId, acknowledged: 0, open: 0 };
}

export class Contenders implements Stepper {
  readonly name = 'contenders';

  constructor(
    private readonly nodes: readonly KMSClient[],
    private readonly key: ContendedKey,
  ) {}

  /** One rotation on each node, at once. */
  async step(): Promise<void> {
    const { key, nodes } = this;
    await delay(PAUSE_MS);
    if (key.acknowledged + key.open + nodes.length > MOST_ROTATIONS) return;
    const rotated = await Promise.allSettled(
      nodes.map((kms) => answered(kms.send(new RotateKeyOnDemandCommand({ KeyId: key.keyId })), leavesOpen)),
    );
    const failures = rotated.flatMap((one) => (one.status === 'rejected' ? [asError(one.reason)] : []));
    key.acknowledged += rotated.length - failures.length;
    key.open += failures.filter((error) => error instanceof NoAnswer).length;
    const worst = failures.find((error) => !(error instanceof NoAnswer)) ?? failures[0];
    if (worst !== undefined) throw worst;
  }

  close(): void {
    for (const kms of this.nodes) kms.destroy();
  }
}

/** @returns sentences; empty when every rotation that was answered is there once */
export async function checkContended(kms: KMSClient, keys: readonly ContendedKey[]): Promise<string[]> {
  const findings: string[] = [];
  for (const { keyId, acknowledged, open } of keys) {
    const { onDemand } = await rotationsOf(kms, keyId);
    if (onDemand < acknowledged || onDemand > acknowledged + open) {
      findings.push(`key ${keyId} has ${onDemand} rotations, acknowledged were ${acknowledged}, unanswered ${open}`);
    }
  }
  return findings;
}

const asError = (reason: unknown): Error =>
  reason instanceof Error ? reason : new Error('a call rejected without an error');
