import { importPublicKey } from '@claviger/crypto';
import { KmsError, type VersionState } from '@claviger/domain';
import { type KeyEntry, TwoGenerationCache } from '@claviger/projections';

type PublicKeyObject = NonNullable<ReturnType<typeof importPublicKey>>;

/** Public keys of versions, parsed once. They are public: no HSM is asked to encrypt or verify with them. */
export class PublicKeys {
  private readonly cache: TwoGenerationCache<string, PublicKeyObject>;

  constructor(cached: number) {
    this.cache = new TwoGenerationCache(cached);
  }

  of(entry: KeyEntry, version: VersionState): PublicKeyObject {
    const { reference } = version.material;
    const cached = this.cache.get(reference);
    if (cached !== undefined) return cached;
    const key = importPublicKey(publicKeyBytes(entry, version));
    if (key === undefined)
      throw new KmsError('Unavailable', `${entry.attributes.arn} is unavailable.`, { state: 'unavailable' });
    this.cache.set(reference, key);
    return key;
  }
}

/** DER SubjectPublicKeyInfo. */
export function publicKeyBytes(entry: KeyEntry, version: VersionState): Uint8Array {
  const { publicKey } = version.material;
  if (publicKey === null) {
    throw new KmsError(
      'Unsupported',
      `${entry.attributes.arn} has no public key: its key spec is ${version.material.spec}.`,
    );
  }
  return Buffer.from(publicKey, 'base64');
}
