import type { RandomSource, SecretBytes, SharesUnlock } from '@claviger/crypto';
import {
  requireWrappable,
  type RootChange,
  type RootRotation,
  Seal,
  Sealed,
  type SealFileAccess,
  SealFileInvalid,
  SealedRing,
  type ShareName,
  type SharePlan,
  type SharesRekey,
  type SharesRekeyProgress,
  type Unsealable,
  type UnsealProgress,
  UnsealRefused,
} from '@claviger/ports';
import { Collection } from './collection.js';
import { accessTo, type SealFilePlace } from './file.js';
import { Rekey } from './rekey.js';
import { requirePlan } from './share-set.js';

/**
 * The root key under shares (Shamir's scheme over GF(2^8)): so many of them, given by different people, lead to the key that opens the
 * seal file. Which shares were given is remembered until enough are, or until they are forgotten.
 */
export class SharesSeal extends Seal implements Unsealable, SharesRekey, RootRotation {
  readonly kind = 'shares';
  readonly #ring: SealedRing;
  #collection: Collection;
  #rekey: Rekey | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /** Use {@link openSharesSeal}. */
  constructor(
    access: SealFileAccess,
    private readonly random: RandomSource,
  ) {
    super();
    this.#ring = new SealedRing(access, random);
    this.#collection = new Collection(this.#unlock());
  }

  status(): 'sealed' | 'unsealed' {
    return this.#ring.isOpen ? 'unsealed' : 'sealed';
  }

  progress(): UnsealProgress {
    if (this.#ring.isOpen) return { status: 'unsealed' };
    return { status: 'sealed', wants: 'shares', ...this.#collection.progress() };
  }

  unseal(input: SecretBytes, taken?: (share: ShareName | null) => void): Promise<UnsealProgress> {
    return this.#inTurn(async () => {
      if (this.#ring.isOpen) return this.progress();
      this.#followFile();
      const share = this.#collection.add(input);
      if (this.#collection.isComplete && !this.#ring.open(await this.#collection.combine())) {
        throw new UnsealRefused(
          'file-changed',
          'the shares are the right ones, but they do not open the seal file: it was changed',
        );
      }
      taken?.(share);
      return this.progress();
    });
  }

  forgetShares(): void {
    this.#collection.forget();
  }

  rekeyProgress(): SharesRekeyProgress {
    return this.#rekey?.progress() ?? { step: 'none' };
  }

  beginRekey(plan: SharePlan): SharesRekeyProgress {
    requirePlan(plan);
    this.#requireOpen();
    this.cancelRekey();
    this.#rekey = new Rekey(plan, new Collection(this.#unlock()), this.#ring, this.random);
    return this.#rekey.progress();
  }

  giveForRekey(share: SecretBytes): ReturnType<SharesRekey['giveForRekey']> {
    return this.#inTurn(async () => {
      this.#requireOpen();
      if (this.#rekey === undefined) throw new RangeError('no rekey is under way');
      const answer = await this.#rekey.give(share);
      if (answer === 'done') {
        this.cancelRekey();
        this.#followFile();
      }
      const progress = this.rekeyProgress();
      return answer === undefined || answer === 'done' ? { progress } : { progress, newShares: answer };
    });
  }

  cancelRekey(): void {
    this.#rekey?.drop();
    this.#rekey = undefined;
  }

  async wrap(key: SecretBytes, context: string): Promise<Uint8Array> {
    requireWrappable(key);
    return this.#ring.wrap(key, context);
  }

  async unwrap(wrapped: Uint8Array, context: string): Promise<SecretBytes | undefined> {
    return this.#ring.unwrap(wrapped, context);
  }

  seal(): void {
    this.cancelRekey();
    this.forgetShares();
    this.#ring.close();
  }

  rootChange(): RootChange | undefined {
    return this.#ring.change();
  }

  async beginRootChange(now: number): Promise<RootChange> {
    return this.#ring.begin(now);
  }

  async rewrap(wrapped: Uint8Array, context: string): Promise<Uint8Array | 'current' | undefined> {
    return this.#ring.rewrap(wrapped, context);
  }

  async finishRootChange(to: string): Promise<void> {
    this.#ring.finish(to);
  }

  async refreshRoot(): Promise<void> {
    this.#ring.refresh();
  }

  /** Another process may have rekeyed the file since: then other shares are wanted, and those given so far are of no use. */
  #followFile(): void {
    const unlock = this.#unlock();
    if (unlock.set === this.#collection.unlock.set) return;
    this.#collection.forget();
    this.#collection = new Collection(unlock);
  }

  #unlock(): SharesUnlock {
    const { unlock } = this.#ring.header();
    if (unlock.kind !== 'shares') throw new SealFileInvalid(`the seal file opens by ${unlock.kind}, not by shares`);
    return unlock;
  }

  #requireOpen(): void {
    if (!this.#ring.isOpen) throw new Sealed('the seal is closed');
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

/** Opens nothing yet: the seal starts sealed. @throws PrivateFileError; SealFileInvalid for another file than this kind's */
export function openSharesSeal(place: SealFilePlace): SharesSeal {
  return new SharesSeal(accessTo(place), place.random);
}
