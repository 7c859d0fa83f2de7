import { SecretBytes } from '@claviger/crypto';
import { KmsError } from '@claviger/domain';
import {
  canChangePassphrase,
  canRekeyShares,
  type Seal,
  type SharePlan,
  type ShareProgress,
  type SharesRekey,
  type SharesRekeyProgress,
} from '@claviger/ports';
import { sealRefusal } from './seal-refusal.js';
import type { RootRotations, RootRotationView } from './root-rotations.js';

/** The seal of a service that runs. The same form is answered by one that is sealed. */
export interface SealView {
  /** `keyfile`, `passphrase`, `shares`, `pkcs11`. */
  readonly kind: string;
  readonly state: 'not-initialised' | 'sealed' | 'starting' | 'unsealed';
  /** Shares that were given so far; null where no shares are wanted. */
  readonly shares: ShareProgress | null;
  /** A rekey of shares that is under way; null: none. */
  readonly rekey: (ShareProgress & { readonly step: 'authorising' | 'confirming' }) | null;
}

/** What a rekey came to. The new shares are there once: when the last present share that is needed was given. */
export interface RekeyView {
  readonly rekey: SealView['rekey'];
  readonly newShares: readonly string[] | null;
  /** The new shares count from now on. */
  readonly done: boolean;
}

export interface SealDeskParts {
  readonly seal: Seal;
  /** Undefined: this seal's root key cannot be exchanged. */
  readonly rotations: RootRotations | undefined;
  /** Ends the process once what runs is answered. */
  readonly sealNow: () => void;
}

/** What operators do with the seal of a running service. Secrets come as text and are wiped as bytes. */
export class SealDesk {
  private busy = false;

  constructor(private readonly on: SealDeskParts) {}

  view(): SealView {
    const { seal } = this.on;
    const progress: SharesRekeyProgress = canRekeyShares(seal) ? seal.rekeyProgress() : { step: 'none' };
    return { kind: seal.kind, state: 'unsealed', shares: null, rekey: rekeyOf(progress) };
  }

  sealNow(): void {
    this.on.sealNow();
  }

  /** @throws KmsError Validation (with a reason), InvalidKeyState, Conflict, Unavailable */
  changePassphrase(present: string, next: string): Promise<void> {
    const { seal } = this.on;
    if (!canChangePassphrase(seal)) throw this.unfit('a passphrase');
    return this.exclusive(async () => {
      using before = secretOf(present);
      using after = secretOf(next);
      await seal.changePassphrase(before, after);
    });
  }

  /** @throws as {@link changePassphrase} */
  beginRekey(plan: SharePlan): Promise<RekeyView> {
    const seal = this.shares();
    return this.exclusive(async () => ({ rekey: rekeyOf(seal.beginRekey(plan)), newShares: null, done: false }));
  }

  /** @throws as {@link changePassphrase} */
  giveShare(share: string): Promise<RekeyView> {
    const seal = this.shares();
    if (seal.rekeyProgress().step === 'none') {
      throw new KmsError('InvalidKeyState', 'No rekey is under way. `claviger operator rekey` begins one.');
    }
    return this.exclusive(async () => {
      using given = secretOf(share);
      const { progress, newShares } = await seal.giveForRekey(given);
      return {
        rekey: rekeyOf(progress),
        newShares: newShares === undefined ? null : newShares.map(textOf),
        done: progress.step === 'none',
      };
    });
  }

  cancelRekey(): void {
    this.shares().cancelRekey();
  }

  rotation(): RootRotationView {
    return this.rotations().status();
  }

  /** @throws as {@link changePassphrase} */
  rotateRoot(acceptUnreadable: readonly string[]): Promise<RootRotationView> {
    const rotations = this.rotations();
    return this.exclusive(() => rotations.begin(acceptUnreadable));
  }

  private rotations(): RootRotations {
    if (this.on.rotations !== undefined) return this.on.rotations;
    throw new KmsError('InvalidKeyState', `The root key of a ${this.on.seal.kind} seal cannot be exchanged here.`);
  }

  private shares(): SharesRekey {
    const { seal } = this.on;
    if (canRekeyShares(seal)) return seal;
    throw this.unfit('shares');
  }

  private unfit(wanted: string): KmsError {
    return new KmsError(
      'InvalidKeyState',
      `The root key is not under ${wanted}: this is a ${this.on.seal.kind} seal.`,
      {
        state: this.on.seal.kind,
      },
    );
  }

  /** One at a time: each try of a passphrase takes 64 MiB and a good part of a second. */
  private async exclusive<T>(work: () => Promise<T>): Promise<T> {
    if (this.busy) throw new KmsError('Conflict', 'Another change of the seal is under way. Try again in a moment.');
    this.busy = true;
    try {
      return await work();
    } catch (error) {
      throw sealRefusal(error) ?? error;
    } finally {
      this.busy = false;
    }
  }
}

const rekeyOf = (progress: SharesRekeyProgress): SealView['rekey'] => (progress.step === 'none' ? null : progress);

function secretOf(text: string): SecretBytes {
  return SecretBytes.take(new TextEncoder().encode(text));
}

function textOf(secret: SecretBytes): string {
  using owned = secret;
  return owned.use((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
}
