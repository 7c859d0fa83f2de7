import type { SecretBytes } from '@claviger/crypto';
import type {
  KeySpec,
  KeyUsage,
  KeyAlgorithm,
  MacAlgorithm,
  EncryptionAlgorithm,
  SigningAlgorithm,
  TokenName,
} from '@claviger/domain';

/**
 * The HSM port. Private and secret material never crosses it in the clear; callers hold references.
 * Every call names the whole {@link Material}, because all of it is bound to the stored material as additional data:
 * a reference presented with another key id, version or usage fails.
 */
export interface Material {
  /** UUID, canonical lower case, derived from the command: another version number means another reference. */
  readonly reference: string;
  readonly keyId: string;
  /** Counts from 1. */
  readonly version: number;
  readonly spec: KeySpec;
  readonly usage: KeyUsage;
}

export interface GeneratedMaterial {
  /** DER SubjectPublicKeyInfo; undefined for symmetric and HMAC keys. */
  readonly publicKey: Uint8Array | undefined;
  /** 32 bytes naming this material without revealing it (keyed hash of secrets, SHA-256 of public keys). */
  readonly fingerprint: Uint8Array;
}

export interface SymmetricSealed {
  readonly iv: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
}

/** `message` is the message for RAW, its digest for DIGEST. */
export type MessageType = 'RAW' | 'DIGEST';

/** Request and result of each use of material. */
export interface HsmUses {
  /** The HSM chooses the IV. */
  encrypt: { request: { plaintext: Uint8Array; aad: Uint8Array }; result: SymmetricSealed };
  /** Undefined when the tag does not verify. */
  decrypt: { request: SymmetricSealed & { aad: Uint8Array }; result: Uint8Array | undefined };
  rsaDecrypt: { request: { algorithm: EncryptionAlgorithm; ciphertext: Uint8Array }; result: Uint8Array | undefined };
  sign: { request: { algorithm: SigningAlgorithm; messageType: MessageType; message: Uint8Array }; result: Uint8Array };
  mac: { request: { algorithm: MacAlgorithm; message: Uint8Array }; result: Uint8Array };
}

/** Operations with public keys need no HSM; application code runs them on `publicKey`. */

/** There is no such material (never made, destroyed, or it does not verify), or it does not belong to what the caller named. */
export class MaterialUnavailable extends Error {
  override readonly name = 'MaterialUnavailable';
  constructor(
    readonly reference: string,
    /** `cause` tells a damaged record from an absent one. */
    options?: ErrorOptions,
  ) {
    super(`key material ${reference} is not available`, options);
  }
}

/** The device cannot serve now (sealed, disk full, connection lost); nothing is known against the material. The call may be repeated. */
export class HsmUnavailable extends Error {
  override readonly name = 'HsmUnavailable';
}

/** Too many calls wait for the device. Nothing was done. */
export class HsmOverloaded extends Error {
  override readonly name = 'HsmOverloaded';
}

/**
 * Every method but `supports` and `forget` may throw {@link HsmUnavailable} and {@link HsmOverloaded}; RangeError is a mistake of the
 * caller: a spec and usage that the device does not support, or a use, algorithm or message that the spec does not have.
 */
export abstract class Hsm {
  /** Shown as the protecting device: `software`, later a token label. */
  abstract readonly device: string;

  /**
   * Can this device make and use such keys? With an algorithm: this one, too? A device may lack some of a spec's algorithms (a token
   * with OAEP over SHA-1 only), and whoever encrypts under the public key alone must know.
   */
  abstract supports(spec: KeySpec, usage: KeyUsage, algorithm?: KeyAlgorithm): boolean;

  /**
   * Makes material under this reference and keeps it durably before it returns. Idempotent: the same reference with the same
   * description answers the material made first. @throws MaterialUnavailable when the reference was destroyed or belongs elsewhere.
   */
  abstract generate(material: Material): Promise<GeneratedMaterial>;

  /**
   * The bytes of `request` must not change before the promise settles. Nothing of the result is shared with the device.
   *
   * @throws MaterialUnavailable
   */
  abstract use<U extends keyof HsmUses>(
    use: U,
    material: Material,
    request: HsmUses[U]['request'],
  ): Promise<HsmUses[U]['result']>;

  /**
   * Erases the material for ever, durable on return. Idempotent. Material that was never made is destroyed too: its reference can
   * never be used afterwards; so is material that does not verify any more.
   *
   * @throws MaterialUnavailable when the reference belongs elsewhere: nothing is then destroyed
   */
  abstract destroy(material: Material): Promise<void>;

  /** Drops what is cached in memory for this key (all its versions). */
  abstract forget(keyId: string): void;

  /** References of all material held, ascending, for the search for orphans. */
  abstract list(after: string, maxCount: number): Promise<readonly string[]>;
}

/** Optional capability: random bytes from the device. */
export interface DeviceRandom {
  randomBytes(length: number): SecretBytes;
}

/**
 * Optional capability: data keys of applications wrapped under material inside the device, in the form of RFC 5649 (AES-KWP).
 * Both may throw what {@link Hsm} throws.
 */
export interface KeyWrapping {
  /** Why nothing is wrapped under such keys; undefined when it is. Whoever calls regardless gets a RangeError with these words. */
  wrappingRefusal(spec: KeySpec, usage: KeyUsage): string | undefined;

  /** 8 bytes more than `dataKey`, which has 16 to 512 bytes, a multiple of 8: modules differ in how they pad. @throws MaterialUnavailable, RangeError */
  wrapKey(material: Material, dataKey: SecretBytes): Promise<Uint8Array>;

  /** The data key, which the caller wipes; undefined when it was not wrapped under this material. @throws MaterialUnavailable, RangeError */
  unwrapKey(material: Material, wrapped: Uint8Array): Promise<SecretBytes | undefined>;
}

export type DeviceState = { readonly kind: 'ready' } | { readonly kind: 'unavailable'; readonly why: string };

/** Optional capability: a device that can go away and come back. */
export interface DeviceHealth {
  /** What the latest call has shown. */
  readonly state: DeviceState;

  /** Looks now, and connects anew where that is needed. Never rejects. */
  checkDevice(): Promise<DeviceState>;
}

/** A token with all that the service expects of one. */
export type TokenDevice = Hsm &
  KeyWrapping &
  DeviceHealth & {
    readonly token: TokenName;
    /** What the domain offers and this token does not, in words. */
    readonly lacks: readonly string[];
  };
