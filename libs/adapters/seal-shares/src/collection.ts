import { constantTimeEqual, SecretBytes, type SharesUnlock } from '@claviger/crypto';
import { type ShareName, type ShareProgress, UnsealRefused } from '@claviger/ports';
import { combine } from 'shamir-secret-sharing';
import { commitmentTo } from './share-set.js';
import { parseShare, type Share } from './share-text.js';

/** Shares of one set that were given so far. A wrong one is named and changes nothing. */
export class Collection {
  readonly #held = new Map<number, SecretBytes>();

  constructor(readonly unlock: SharesUnlock) {}

  progress(): ShareProgress {
    const { set, threshold, commitments } = this.unlock;
    const given = [...this.#held.keys()].sort((a, b) => a - b);
    return { set, shares: commitments.length, threshold, given, missing: Math.max(0, threshold - given.length) };
  }

  get isComplete(): boolean {
    return this.#held.size >= this.unlock.threshold;
  }

  /** @param text lent @throws UnsealRefused */
  add(text: SecretBytes): ShareName {
    const share = parseShare(text);
    if ('problem' in share) throw unreadable(share);
    try {
      this.#check(share);
      this.#held.set(share.index, SecretBytes.take(share.value.unsafeExportBytes()));
      return { set: share.set, index: share.index };
    } finally {
      share.value.wipe();
    }
  }

  /** What the shares lead to, which the caller then owns. Forgets them. */
  async combine(): Promise<SecretBytes> {
    const values = [...this.#held.values()].map((value) => value.unsafeExportBytes());
    try {
      return SecretBytes.take(await combine(values));
    } finally {
      for (const value of values) value.fill(0);
      this.forget();
    }
  }

  forget(): void {
    for (const value of this.#held.values()) value.wipe();
    this.#held.clear();
  }

  #check(share: Share): void {
    const { set, threshold, commitments } = this.unlock;
    const name = { set: share.set, index: share.index };
    if (share.set !== set) {
      throw new UnsealRefused('other-set', `share ${share.index} is of the set ${share.set}, wanted is ${set}`, name);
    }
    const commitment = Buffer.from(commitments[share.index - 1] ?? '', 'base64');
    const same = share.threshold === threshold && share.shares === commitments.length;
    if (!same || !constantTimeEqual(commitmentTo(share), commitment)) {
      throw new UnsealRefused(
        'wrong-share',
        `share ${share.index} of the set ${set} is not the one that was handed out`,
        name,
      );
    }
    if (this.#held.has(share.index)) {
      throw new UnsealRefused('given-twice', `share ${share.index} of the set ${set} was given already`, name);
    }
  }
}

function unreadable({ problem, seems }: { problem: string; seems?: { set: string; index: number } }): UnsealRefused {
  const whose =
    seems === undefined ? 'this is no share' : `share ${seems.index} of the set ${seems.set} cannot be read`;
  return new UnsealRefused('unreadable-share', `${whose}: ${problem}`, seems);
}
