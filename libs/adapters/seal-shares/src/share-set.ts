import { createHmac } from 'node:crypto';
import { MOST_SHARES, type RandomSource, SecretBytes, type SharesUnlock } from '@claviger/crypto';
import type { SharePlan } from '@claviger/ports';
import { split } from 'shamir-secret-sharing';
import { toBase32 } from './base32.js';
import { encodeShare, type Share } from './share-text.js';

/** A way to unlock that needs shares, the key that it leads to, and the shares as texts. The caller owns key and shares. */
export interface NewShareSet {
  readonly unlock: SharesUnlock;
  readonly key: SecretBytes;
  readonly shares: readonly SecretBytes[];
}

const UNLOCK_KEY_LENGTH = 32;

/** A new unlock key, shared out. @throws RangeError for a plan that is none */
export async function newShareSet(plan: SharePlan, random: RandomSource): Promise<NewShareSet> {
  requirePlan(plan);
  const set = Buffer.from(toBase32(random(5))).toString('latin1');
  const key = SecretBytes.take(random(UNLOCK_KEY_LENGTH));
  const values = await splitCopy(key, plan);
  const shares = values.map((value, i): Share => ({ set, index: i + 1, ...plan, value: SecretBytes.take(value) }));
  try {
    const commitments = shares.map((share) => commitmentTo(share).toString('base64'));
    const unlock: SharesUnlock = { kind: 'shares', set, threshold: plan.threshold, commitments };
    return { unlock, key, shares: shares.map(encodeShare) };
  } finally {
    for (const share of shares) share.value.wipe();
  }
}

/** The library draws its coefficients from the system itself. */
async function splitCopy(key: SecretBytes, { shares, threshold }: SharePlan): Promise<Uint8Array[]> {
  const copy = key.unsafeExportBytes();
  try {
    return await split(copy, shares, threshold);
  } finally {
    copy.fill(0);
  }
}

/** @throws RangeError */
export function requirePlan({ shares, threshold }: SharePlan): void {
  const sound =
    Number.isInteger(shares) &&
    Number.isInteger(threshold) &&
    threshold >= 2 &&
    threshold <= shares &&
    shares <= MOST_SHARES;
  if (!sound) {
    throw new RangeError(
      `shares: expected 2 to ${MOST_SHARES}, of which 2 or more are needed, got ${threshold} of ${shares}`,
    );
  }
}

/**
 * What the seal file says of a share: HMAC-SHA-256 under the share itself. Each share has 256 random bits, so who does not hold it
 * learns nothing from its commitment, not even with all but one of the shares that are needed.
 */
export function commitmentTo(share: Share): Buffer {
  const { set, index, threshold, shares } = share;
  return share.value.use((value) =>
    createHmac('sha256', value).update(`claviger share commitment v1 ${set} ${index} ${threshold} ${shares}`).digest(),
  );
}
