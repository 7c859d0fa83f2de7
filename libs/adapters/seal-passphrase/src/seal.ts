import type { Argon2idCost, PassphraseUnlock, RandomSource, SecretBytes } from '@claviger/crypto';
import {
  type PassphraseRekey,
  requireWrappable,
  type RootChange,
  type RootRotation,
  Seal,
  type SealFileAccess,
  SealFileInvalid,
  SealedRing,
  type Unsealable,
  type UnsealProgress,
  UnsealRefused,
} from '@claviger/ports';
import { accessTo, type SealFilePlace } from './file.js';
import { newUnlock, type Stretch, unlockKeyOf } from './unlock.js';

export interface PassphraseSealOptions extends SealFilePlace {
  /** Cost for the next passphrase that is set; RFC 9106's second recommendation when absent. */
  readonly cost?: Argon2idCost;
}

/**
 * The root key under a passphrase: Argon2id (RFC 9106) gives the key that opens the seal file. A wrong passphrase costs the same work
 * as the right one. Passphrases are tried one after the other, so that many at once do not take the machine's memory.
 */
export class PassphraseSeal extends Seal implements Unsealable, PassphraseRekey, RootRotation {
  readonly kind = 'passphrase';
  readonly #ring: SealedRing;
  readonly #random: RandomSource;
  #turn: Promise<unknown> = Promise.resolve();

  /** Use {@link openPassphraseSeal}. */
  constructor(
    access: SealFileAccess,
    private readonly options: Pick<PassphraseSealOptions, 'random' | 'cost'>,
    private readonly stretch?: Stretch,
  ) {
    super();
    this.#random = options.random;
    this.#ring = new SealedRing(access, options.random);
    this.#unlock(); // a file of another kind is refused before anybody types anything
  }

  status(): 'sealed' | 'unsealed' {
    return this.#ring.isOpen ? 'unsealed' : 'sealed';
  }

  progress(): UnsealProgress {
    return this.#ring.isOpen ? { status: 'unsealed' } : { status: 'sealed', wants: 'passphrase' };
  }

  unseal(input: SecretBytes, taken?: (share: null) => void): Promise<UnsealProgress> {
    return this.#inTurn(async () => {
      if (this.#ring.isOpen) return this.progress();
      const key = await unlockKeyOf(input, this.#unlock(), this.stretch);
      if (!this.#ring.open(key)) throw wrongPassphrase();
      taken?.(null);
      return this.progress();
    });
  }

  forgetShares(): void {
    // There are none.
  }

  changePassphrase(present: SecretBytes, next: SecretBytes): Promise<void> {
    return this.#inTurn(async () => {
      using before = await unlockKeyOf(present, this.#unlock(), this.stretch);
      const { unlock, key } = await newUnlock(next, this.options.cost, this.#random, this.stretch);
      using after = key;
      if (!this.#ring.rekey(before, unlock, after)) throw wrongPassphrase();
    });
  }

  async wrap(key: SecretBytes, context: string): Promise<Uint8Array> {
    requireWrappable(key);
    return this.#ring.wrap(key, context);
  }

  async unwrap(wrapped: Uint8Array, context: string): Promise<SecretBytes | undefined> {
    return this.#ring.unwrap(wrapped, context);
  }

  seal(): void {
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

  #unlock(): PassphraseUnlock {
    const { unlock } = this.#ring.header();
    if (unlock.kind !== 'passphrase')
      throw new SealFileInvalid(`the seal file opens by ${unlock.kind}, not by a passphrase`);
    return unlock;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

/** Opens nothing yet: the seal starts sealed. @param stretch named by tests only @throws PrivateFileError; SealFileInvalid for another file than this kind's */
export function openPassphraseSeal(options: PassphraseSealOptions, stretch?: Stretch): PassphraseSeal {
  return new PassphraseSeal(accessTo(options), options, stretch);
}

/** Whether the file was changed instead cannot be told: its tag is all there is. */
function wrongPassphrase(): UnsealRefused {
  return new UnsealRefused('wrong-passphrase', 'the passphrase does not open the seal (or the seal file was changed)');
}
