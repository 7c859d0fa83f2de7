import { parseRootKeyFile, rootWrappingKey, SecretBytes, unwrapUnderRoot } from '@claviger/crypto';
import {
  JOURNAL_KEY_CONTEXT,
  Seal,
  Sealed,
  type SealedRecord,
  SealedRecordInvalid,
  SealedSecrets,
  SealedStore,
  SYSTEM_KEY_REFERENCES,
  type SystemKeyName,
} from '@claviger/ports';

/** Something that an offline check needs is not there, or does not belong to the rest. The message says what, never a secret. */
export class CannotVerify extends Error {
  override readonly name = 'CannotVerify';
}

/** Opens what is sealed under the root key of a key file, and seals nothing. */
export class OfflineSeal extends Seal implements Disposable {
  readonly kind = 'keyfile';
  #key: SecretBytes | undefined;

  private constructor(wrapping: SecretBytes) {
    super();
    this.#key = wrapping;
  }

  /** @param keyFile bytes of the key file, lent @throws CannotVerify */
  static of(keyFile: Uint8Array): OfflineSeal {
    const root = parseRootKeyFile(keyFile);
    if (!(root instanceof SecretBytes)) {
      throw new CannotVerify(`the seal's key file is not one: expected ${root.expected}, found ${root.found}`);
    }
    using owned = root;
    return new OfflineSeal(owned.use((bytes) => rootWrappingKey(bytes)));
  }

  status(): 'sealed' | 'unsealed' {
    return this.#key === undefined ? 'sealed' : 'unsealed';
  }

  async wrap(): Promise<Uint8Array> {
    throw new Sealed('an offline seal opens only');
  }

  async unwrap(wrapped: Uint8Array, context: string): Promise<SecretBytes | undefined> {
    if (this.#key === undefined) throw new Sealed('the seal is closed');
    return unwrapUnderRoot(this.#key, wrapped, context);
  }

  seal(): void {
    this.#key?.wipe();
    this.#key = undefined;
  }

  [Symbol.dispose](): void {
    this.seal();
  }
}

/** The journal's key, which the caller then owns. @param wrapped text of the file beside the segments @throws CannotVerify */
export async function openJournalKey(seal: OfflineSeal, wrapped: string): Promise<SecretBytes> {
  const key = await seal.unwrap(Buffer.from(wrapped.trim(), 'base64'), JOURNAL_KEY_CONTEXT);
  if (key !== undefined) return key;
  throw new CannotVerify(
    "the journal's key does not open with this key file: one of the two belongs to another installation",
  );
}

/** The key under which the anchor is authenticated, which the caller then owns. @throws CannotVerify */
export function openAnchorKey(seal: OfflineSeal, record: SealedRecord): Promise<SecretBytes> {
  return openSystemKey(seal, record, 'anchor');
}

/** One of the service's own keys, which the caller then owns. @throws CannotVerify */
export async function openSystemKey(
  seal: OfflineSeal,
  record: SealedRecord,
  name: SystemKeyName,
): Promise<SecretBytes> {
  const secrets = new SealedSecrets(new OneRecord(record), seal, () => {
    throw new Error('nothing is sealed here');
  });
  const reference = SYSTEM_KEY_REFERENCES[name];
  try {
    const key = await secrets.open(reference, 'system-key', { name });
    if (key !== undefined) return key;
  } catch (error) {
    if (!(error instanceof SealedRecordInvalid)) throw error;
  }
  throw new CannotVerify(
    `the key of the ${name} does not open: its sealed record was changed, or belongs to another installation or root key`,
  );
}

/** A sealed store of the one record that was read from it. */
class OneRecord extends SealedStore {
  constructor(private readonly record: SealedRecord) {
    super();
  }

  async get(reference: string): Promise<SealedRecord | undefined> {
    return reference === this.record.reference ? this.record : undefined;
  }
  putIfAbsent(): Promise<SealedRecord> {
    return readOnly();
  }
  replaceWrappedKey(): Promise<boolean> {
    return readOnly();
  }
  destroy(): Promise<void> {
    return readOnly();
  }
  async list(): Promise<readonly string[]> {
    return [this.record.reference];
  }
  async close(): Promise<void> {}
}

const readOnly = (): Promise<never> => Promise.reject(new Error('an offline check writes nothing'));
