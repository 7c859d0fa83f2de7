import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { SecretBytes } from '@claviger/crypto';
import type { SigningCredential } from './verify.js';

/**
 * The key of one access key, day, Region and service: four chained HMACs from the secret. About 50 µs, so keep the
 * result (`Signers`).
 * @param secretAccessKey UTF-8 bytes of the secret; not kept
 * @param date YYYYMMDD
 */
export function deriveSigningKey(
  secretAccessKey: Uint8Array,
  date: string,
  region: string,
  service: string,
): KeyObject {
  const first = new Uint8Array(4 + secretAccessKey.byteLength);
  first.set([0x41, 0x57, 0x53, 0x34]); // "AWS4"
  first.set(secretAccessKey, 4);
  let key: Uint8Array = first;
  for (const part of [date, region, service, 'aws4_request']) {
    const next = createHmac('sha256', key).update(part).digest();
    key.fill(0);
    key = next;
  }
  const signingKey = createSecretKey(key);
  key.fill(0);
  return signingKey;
}

/** One access key, ready to verify: who it stands for, and its signing keys of the days and Regions in use. */
class Signer<Principal> implements SigningCredential<Principal> {
  private readonly keys = new Map<string, KeyObject>();

  constructor(
    readonly principal: Principal,
    private readonly secret: SecretBytes,
    private readonly service: string,
  ) {}

  signingKey(date: string, region: string): KeyObject {
    const name = `${date}/${region}`;
    const known = this.keys.get(name);
    if (known !== undefined) {
      return known;
    }
    // Dates are bound to the clock and Regions to the settings; what is left is yesterday's.
    if (this.keys.size >= MOST_KEYS) {
      this.keys.clear();
    }
    const key = this.secret.use((bytes) => deriveSigningKey(bytes, date, region, this.service));
    this.keys.set(name, key);
    return key;
  }
}

const MOST_KEYS = 64;

/**
 * The signers of credentials. Signing keys live exactly as long as the credential object that they were derived from: a
 * credential that was loaded again, because its principal changed, never meets a key of the old one.
 */
export class Signers<Credential extends { readonly caller: unknown; readonly secret: SecretBytes }> {
  private readonly known = new WeakMap<Credential, Signer<Credential['caller']>>();

  constructor(private readonly service: string) {}

  of(credential: Credential): SigningCredential<Credential['caller']> {
    let signer = this.known.get(credential);
    if (signer === undefined) {
      signer = new Signer(credential.caller, credential.secret, this.service);
      this.known.set(credential, signer);
    }
    return signer;
  }
}
