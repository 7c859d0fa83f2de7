import type { RandomSource, SecretBytes } from '@claviger/crypto';
import { type SealedRing, type SharePlan, type SharesRekeyProgress, UnsealRefused } from '@claviger/ports';
import { Collection } from './collection.js';
import { type NewShareSet, newShareSet } from './share-set.js';

/** What comes after the quorum: the new shares are out, and the file is as before until they have come back. */
interface Pending {
  readonly made: Omit<NewShareSet, 'shares'>;
  readonly present: SecretBytes;
  readonly given: Collection;
}

/** One rekey: first a quorum of the present shares, then, of the new ones, as many as are needed of them. */
export class Rekey {
  #next: Pending | undefined;

  constructor(
    private readonly plan: SharePlan,
    private readonly authorising: Collection,
    private readonly ring: SealedRing,
    private readonly random: RandomSource,
  ) {}

  progress(): SharesRekeyProgress {
    if (this.#next === undefined) return { step: 'authorising', ...this.authorising.progress() };
    return { step: 'confirming', ...this.#next.given.progress() };
  }

  /** @returns `done`, or the new shares when they have just been made */
  async give(share: SecretBytes): Promise<'done' | readonly SecretBytes[] | undefined> {
    if (this.#next !== undefined) return this.#confirm(this.#next, share);
    this.authorising.add(share);
    return this.authorising.isComplete ? this.#make() : undefined;
  }

  drop(): void {
    this.authorising.forget();
    this.#next?.given.forget();
    this.#next?.made.key.wipe();
    this.#next?.present.wipe();
    this.#next = undefined;
  }

  async #make(): Promise<readonly SecretBytes[]> {
    const present = await this.authorising.combine();
    const { shares, ...made } = await newShareSet(this.plan, this.random);
    this.#next = { made, present, given: new Collection(made.unlock) };
    return shares;
  }

  async #confirm({ made, present, given }: Pending, share: SecretBytes): Promise<'done' | undefined> {
    given.add(share);
    if (!given.isComplete) return undefined;
    using key = await given.combine();
    if (!key.equals(made.key) || !this.ring.rekey(present, made.unlock, key)) {
      throw new UnsealRefused('file-changed', 'the present shares do not open the seal file: it was changed meanwhile');
    }
    return 'done';
  }
}
