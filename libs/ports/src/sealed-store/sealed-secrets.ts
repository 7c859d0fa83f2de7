import {
  canonicalJson,
  constantTimeEqual,
  type Json,
  openXChaCha,
  type RandomSource,
  SecretBytes,
  sealXChaCha,
} from '@claviger/crypto';
import type { Seal } from '../seal/contract.js';
import type { SealedKind, SealedRecord, SealedStore } from './contract.js';

/** Metadata that is bound to a secret. Nothing secret, nothing personal: it is stored in clear and stays when the secret is destroyed. */
export type About = Readonly<Record<string, Json>>;

/** A secret with the metadata that was authenticated together with it. The caller owns (and wipes) `secret`. */
export interface OpenedSecret {
  readonly secret: SecretBytes;
  readonly about: About;
}

/** A stored record does not verify, or it is about something else than what the caller named. */
export class SealedRecordInvalid extends Error {
  override readonly name = 'SealedRecordInvalid';
  constructor(
    readonly reference: string,
    reason: string,
  ) {
    super(`the sealed record ${reference} ${reason}`);
  }
}

const SEALING_KEY_LENGTH = 32;

/**
 * The one place that seals secrets: each record under a fresh sealing key of its own (XChaCha20-Poly1305), which is wrapped by the
 * seal. Reference, kind and metadata are additional data: a record moved to another reference, or whose metadata was changed, does
 * not open. Destroying the record destroys the sealing key with it.
 *
 * Every method passes on Sealed and SealedStoreUnavailable.
 */
export class SealedSecrets {
  constructor(
    private readonly store: SealedStore,
    private readonly seal: Seal,
    private readonly random: RandomSource,
  ) {}

  /**
   * Seals `secret`, durable on return, unless a secret about the same is stored there already: then that one is returned. The caller
   * keeps `secret` and owns the returned bytes as well.
   *
   * @throws ReferenceDestroyed; SealedRecordInvalid when the stored record is about something else
   */
  async create(reference: string, kind: SealedKind, about: About, secret: SecretBytes): Promise<SecretBytes> {
    const stored = await this.createDescribed(reference, kind, about, secret);
    return matching(reference, about, stored);
  }

  /** As {@link create}, but the stored metadata may differ: the caller MUST compare what matters in it. */
  async createDescribed(reference: string, kind: SealedKind, about: About, secret: SecretBytes): Promise<OpenedSecret> {
    const record = await this.#sealRecord(reference, kind, about, secret);
    const stored = await this.store.putIfAbsent(record);
    if (constantTimeEqual(stored.blob, record.blob) && stored.about === record.about && stored.kind === kind) {
      return { secret: SecretBytes.take(secret.unsafeExportBytes()), about };
    }
    return this.#openRecord(reference, kind, stored);
  }

  /**
   * The secret, which the caller then owns; undefined when there is none (never stored, or destroyed).
   * @throws SealedRecordInvalid
   */
  async open(reference: string, kind: SealedKind, about: About): Promise<SecretBytes | undefined> {
    const stored = await this.openDescribed(reference, kind);
    return stored === undefined ? undefined : matching(reference, about, stored);
  }

  /** The secret with its metadata: the caller MUST compare what matters in it. @throws SealedRecordInvalid */
  async openDescribed(reference: string, kind: SealedKind): Promise<OpenedSecret | undefined> {
    const record = await this.store.get(reference);
    return record === undefined ? undefined : this.#openRecord(reference, kind, record);
  }

  /** The stored secret, or the one that `make` then makes (and this method wipes its copy of). @throws as {@link create} */
  async openOrCreate(reference: string, kind: SealedKind, about: About, make: () => SecretBytes): Promise<SecretBytes> {
    const stored = await this.open(reference, kind, about);
    if (stored !== undefined) return stored;
    using made = make();
    return await this.create(reference, kind, about, made);
  }

  /** Erases the secret, durable on return. Idempotent; nothing can be stored under this reference again. */
  async destroy(reference: string): Promise<void> {
    await this.store.destroy(reference);
  }

  /** References of one kind in ascending order after `after`, at most `maxCount`. */
  list(kind: SealedKind, after: string, maxCount: number): Promise<readonly string[]> {
    return this.store.list(kind, after, maxCount);
  }

  async #sealRecord(reference: string, kind: SealedKind, about: About, secret: SecretBytes): Promise<SealedRecord> {
    using sealingKey = SecretBytes.take(this.random(SEALING_KEY_LENGTH));
    const aad = additionalData(reference, kind, about);
    const blob = sealingKey.use((key) => secret.use((plaintext) => sealXChaCha(key, plaintext, aad, this.random)));
    const wrappedKey = await this.seal.wrap(sealingKey, sealedRecordContext(reference, kind));
    return { reference, kind, wrappedKey, blob, about: canonicalJson(about) };
  }

  async #openRecord(reference: string, kind: SealedKind, record: SealedRecord): Promise<OpenedSecret> {
    const about = parseAbout(record.about);
    if (about === undefined) throw new SealedRecordInvalid(reference, 'has unreadable metadata');
    using sealingKey = await this.seal.unwrap(record.wrappedKey, sealedRecordContext(reference, kind));
    if (sealingKey?.length !== SEALING_KEY_LENGTH) {
      throw new SealedRecordInvalid(reference, 'has a sealing key that does not verify under this root key');
    }
    const aad = additionalData(reference, kind, about);
    const secret = sealingKey.use((key) => openXChaCha(key, record.blob, aad));
    if (secret === undefined) throw new SealedRecordInvalid(reference, 'does not verify');
    return { secret: SecretBytes.take(secret), about };
  }
}

/** Under what context the sealing key of a record is wrapped: a wrapped key that was moved to another record does not open. */
export function sealedRecordContext(reference: string, kind: SealedKind): string {
  return `claviger sealed record v1 ${kind} ${reference}`;
}

function additionalData(reference: string, kind: SealedKind, about: About): Uint8Array {
  return Buffer.from(canonicalJson({ about, kind, reference }), 'utf8');
}

/** Only the canonical text is taken: what was authenticated is then exactly what is stored. */
function parseAbout(text: string): About | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isAbout(value) && canonicalJson(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

function isAbout(value: unknown): value is About {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function matching(reference: string, about: About, stored: OpenedSecret): SecretBytes {
  if (canonicalJson(about) === canonicalJson(stored.about)) return stored.secret;
  stored.secret.wipe();
  throw new SealedRecordInvalid(reference, 'is about something else');
}
