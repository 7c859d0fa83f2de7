import { IvSource, type RandomSource, SecretBytes } from '@claviger/crypto';
import type { Clock } from '@claviger/platform';
import type { KeyAlgorithm, KeySpec, KeyUsage } from '@claviger/domain';
import {
  type DeviceHealth,
  type DeviceState,
  type GeneratedMaterial,
  Hsm,
  HsmUnavailable,
  type HsmUses,
  type KeyWrapping,
  type Material,
} from '@claviger/ports';
import { Gate } from './gate.js';
import { makeOnToken } from './make-on-token.js';
import { modulusLength, problemOf, type UseRequest } from './requests.js';
import { portForm } from './signature-form.js';
import type { TokenLink } from './token-link.js';
import type { Capabilities } from './token/capabilities.js';
import { FORMS } from './token/spec-forms.js';
import type { TokenFacts } from './token/session.js';

export interface Pkcs11HsmParts {
  readonly link: TokenLink;
  readonly token: TokenFacts;
  readonly capabilities: Capabilities;
  readonly random: RandomSource;
  readonly clock: Clock;
  readonly sessions: number;
  readonly mostWaiting: number;
}

const IV_LENGTH = 12; // SP 800-38D 8.2.2: 96 bits at random
const TAG_LENGTH = 16;

/**
 * Key material on a PKCS #11 token. Keys are made there and cannot leave it; every call goes to a thread with a session of its own.
 * Made by `openPkcs11Hsm`.
 */
export class Pkcs11Hsm extends Hsm implements KeyWrapping, DeviceHealth {
  /** Label and serial number of the token. */
  readonly device: string;
  readonly token: TokenFacts;
  /** What the domain offers and this token does not, in words. */
  readonly lacks: readonly string[];
  readonly #link: TokenLink;
  readonly #capabilities: Capabilities;
  readonly #parts: Pkcs11HsmParts;
  readonly #ivs: IvSource;
  readonly #pairs: Gate;
  readonly #making = new Map<string, Promise<unknown>>();

  constructor(parts: Pkcs11HsmParts) {
    super();
    this.#parts = parts;
    this.#link = parts.link;
    this.#capabilities = parts.capabilities;
    this.#ivs = new IvSource(parts.random);
    // Making RSA keys takes seconds: one session stays for everything else.
    this.#pairs = new Gate(Math.max(1, parts.sessions - 1), parts.mostWaiting);
    this.token = parts.token;
    this.device = `${parts.token.label} (serial ${parts.token.serial})`;
    this.lacks = parts.capabilities.lacks;
  }

  supports(spec: KeySpec, usage: KeyUsage, algorithm?: KeyAlgorithm): boolean {
    const offer = this.#capabilities.offers.find((each) => each.spec === spec && each.usage === usage);
    return offer !== undefined && (algorithm === undefined || offer.algorithms.includes(algorithm));
  }

  async generate(material: Material): Promise<GeneratedMaterial> {
    if (!this.supports(material.spec, material.usage)) {
      throw new RangeError(`${material.spec} for ${material.usage} cannot be made on ${this.device}`);
    }
    const { reference } = material;
    // One at a time per reference: the second finds what the first made.
    for (let before = this.#making.get(reference); before !== undefined; before = this.#making.get(reference)) {
      await before.catch(() => undefined); // its own caller learns of the error
    }
    const work = (): Promise<GeneratedMaterial> =>
      makeOnToken(this.#link, material, this.#wraps(material.spec, material.usage), this.#parts);
    const running = FORMS[material.spec].kind === 'rsa' ? this.#pairs.run(work) : work();
    this.#making.set(reference, running);
    try {
      return await running;
    } finally {
      this.#making.delete(reference);
    }
  }

  async use<U extends keyof HsmUses>(
    use: U,
    material: Material,
    request: HsmUses[U]['request'],
  ): Promise<HsmUses[U]['result']> {
    // A use and its request belong together by the signature above; the union cannot see that.
    return this.#use(material, { use, request } as UseRequest);
  }

  async destroy(material: Material): Promise<void> {
    const { reference } = material;
    // 1. Marked: from here on no session finds the key anew. 2. No session has its handle any more. 3. Gone from the token.
    // What another process has just made must be seen, once before it is judged and once before it is erased.
    await this.#link.lookAnew();
    await this.#link.call('condemn', { material }, reference);
    await this.#link.everywhere('drop', { reference });
    await this.#link.lookAnew();
    await this.#link.call('erase', { material }, reference);
  }

  forget(keyId: string): void {
    void this.#link.everywhere('forget', { keyId }).catch(() => undefined); // holds handles only, which end with the session
  }

  async list(after: string, maxCount: number): Promise<readonly string[]> {
    await this.#link.lookAnew();
    return this.#link.call('list', { after, maxCount }, '');
  }

  wrappingRefusal(spec: KeySpec, usage: KeyUsage): string | undefined {
    const { wrapping } = this.#capabilities;
    if (FORMS[spec].kind !== 'aes' || !this.supports(spec, usage)) return `${spec} for ${usage} wraps no keys here`;
    return 'refusal' in wrapping ? `${this.device} wraps no keys: ${wrapping.refusal}` : undefined;
  }

  async wrapKey(material: Material, dataKey: SecretBytes): Promise<Uint8Array> {
    const mechanism = this.#wrappingMechanism(material);
    // SP 800-38F 5.3.1; SoftHSM pads what is no multiple of 8 in a way of its own.
    if (dataKey.length < 16 || dataKey.length > 512 || dataKey.length % 8 !== 0) {
      throw new RangeError(`a data key to wrap has 16 to 512 bytes, a multiple of 8, got ${dataKey.length}`);
    }
    return dataKey.use((bytes) => this.#link.call('wrap', { material, mechanism, dataKey: bytes }, material.reference));
  }

  async unwrapKey(material: Material, wrapped: Uint8Array): Promise<SecretBytes | undefined> {
    const mechanism = this.#wrappingMechanism(material);
    if (wrapped.length < 24 || wrapped.length > 520 || wrapped.length % 8 !== 0) return undefined;
    const dataKey = await this.#link.call('unwrap', { material, mechanism, wrapped }, material.reference);
    if (dataKey === undefined) return undefined;
    const secret = SecretBytes.take(dataKey);
    if (secret.length === wrapped.length - 8) return secret;
    secret.wipe(); // never wrapped here
    return undefined;
  }

  get state(): DeviceState {
    return this.#link.state;
  }

  async checkDevice(): Promise<DeviceState> {
    try {
      await this.#link.call('alive', undefined, '');
      return this.#link.state;
    } catch (error) {
      // Too many calls wait: the token is busy, not gone.
      return error instanceof HsmUnavailable ? { kind: 'unavailable', why: error.message } : this.#link.state;
    }
  }

  /** Closes the sessions and ends the threads. The token stays logged in for others of this process. */
  close(): Promise<void> {
    return this.#link.close();
  }

  async #use(material: Material, asked: UseRequest): Promise<HsmUses[keyof HsmUses]['result']> {
    const problem = problemOf(this.#capabilities.offers, material, asked);
    if (problem !== undefined) throw new RangeError(problem);
    const { reference, spec } = material;
    switch (asked.use) {
      case 'encrypt': {
        const iv = this.#ivs.next(IV_LENGTH);
        const sealed = await this.#link.call('encrypt', { material, iv, ...asked.request }, reference);
        return { iv, ...sealed };
      }
      case 'decrypt': {
        const { iv, tag } = asked.request;
        if (iv.length !== IV_LENGTH || tag.length !== TAG_LENGTH) return undefined; // SP 800-38D 5.2.1: no shortened tags
        return this.#link.call('decrypt', { material, ...asked.request }, reference);
      }
      case 'rsaDecrypt':
        if (asked.request.ciphertext.length !== modulusLength(spec)) return undefined; // RFC 8017 section 7.1.2, step 1
        return this.#link.call('rsaDecrypt', { material, ...asked.request }, reference);
      case 'sign': {
        const signature = await this.#link.call('sign', { material, ...asked.request }, reference);
        return portForm(spec, asked.request.algorithm, signature);
      }
      case 'mac':
        return this.#link.call('mac', { material, ...asked.request }, reference);
    }
  }

  #wraps(spec: KeySpec, usage: KeyUsage): boolean {
    return this.wrappingRefusal(spec, usage) === undefined;
  }

  #wrappingMechanism({ spec, usage }: Material): number {
    const refusal = this.wrappingRefusal(spec, usage);
    const { wrapping } = this.#capabilities;
    if (refusal !== undefined || 'refusal' in wrapping) throw new RangeError(refusal ?? 'it wraps no keys');
    return wrapping.mechanism;
  }
}
