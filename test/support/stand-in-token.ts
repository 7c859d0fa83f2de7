import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { SoftwareHsm } from '@claviger/adapters/hsm-software';
import type { TokenSlot } from '@claviger/application';
import { SecretBytes } from '@claviger/crypto';
import type { KeySpec, TokenName } from '@claviger/domain';
import {
  type DeviceState,
  type GeneratedMaterial,
  Hsm,
  HsmUnavailable,
  type HsmUses,
  InMemorySeal,
  InMemorySealedStore,
  type Material,
  SealedSecrets,
  type TokenDevice,
} from '@claviger/ports';

const GONE = 'it was unplugged';
const KWP = 'id-aes256-wrap-pad';
const KWP_IV = Buffer.from('a65959a6', 'hex');

/** A token without hardware, for the rules about tokens: software keys of its own, and a plug that can be pulled. */
export class StandInToken extends Hsm implements TokenSlot, Omit<TokenDevice, keyof Hsm> {
  readonly device = 'stand-in';
  readonly lacks = ['OAEP with SHA-256'];
  readonly label: string;
  /** Never reached: as when it was away at the start. */
  reached = true;
  plugged = true;
  /** Does its module have AES-KWP? */
  wraps = true;
  readonly #wrappingKey = randomBytes(32);
  readonly #keys = new SoftwareHsm({
    secrets: new SealedSecrets(new InMemorySealedStore(), new InMemorySeal(randomBytes), randomBytes),
    random: randomBytes,
  });

  constructor(public token: TokenName) {
    super();
    this.label = token.label;
  }

  reach(): this {
    if (!this.reached) throw new HsmUnavailable(GONE);
    return this;
  }

  get state(): DeviceState {
    return this.plugged && this.reached ? { kind: 'ready' } : { kind: 'unavailable', why: GONE };
  }

  async checkDevice(): Promise<DeviceState> {
    return this.state;
  }

  supports: Hsm['supports'] = (spec, usage, algorithm) =>
    spec !== 'XCHACHA20_POLY1305' && algorithm !== 'RSAES_OAEP_SHA_256' && this.#keys.supports(spec, usage, algorithm);

  async generate(material: Material): Promise<GeneratedMaterial> {
    this.#assertPlugged();
    return this.#keys.generate(material);
  }

  async use<U extends keyof HsmUses>(
    use: U,
    material: Material,
    request: HsmUses[U]['request'],
  ): Promise<HsmUses[U]['result']> {
    this.#assertPlugged();
    return this.#keys.use(use, material, request);
  }

  async destroy(material: Material): Promise<void> {
    this.#assertPlugged();
    return this.#keys.destroy(material);
  }

  forget(keyId: string): void {
    this.#keys.forget(keyId);
  }

  async list(after: string, maxCount: number): Promise<readonly string[]> {
    this.#assertPlugged();
    return this.#keys.list(after, maxCount);
  }

  wrappingRefusal(spec: KeySpec): string | undefined {
    if (spec !== 'SYMMETRIC_DEFAULT') return `${spec} wraps no keys here`;
    return this.wraps ? undefined : 'the module has no AES-KWP';
  }

  /** RFC 5649. One key for all material: which one it is, is not what these tests are about. */
  async wrapKey(_: Material, dataKey: SecretBytes): Promise<Uint8Array> {
    this.#assertPlugged();
    const cipher = createCipheriv(KWP, this.#wrappingKey, KWP_IV);
    return dataKey.use((bytes) => Buffer.concat([cipher.update(bytes), cipher.final()]));
  }

  async unwrapKey(_: Material, wrapped: Uint8Array): Promise<SecretBytes | undefined> {
    this.#assertPlugged();
    try {
      const decipher = createDecipheriv(KWP, this.#wrappingKey, KWP_IV);
      return SecretBytes.take(Buffer.concat([decipher.update(wrapped), decipher.final()]));
    } catch {
      return undefined;
    }
  }

  #assertPlugged(): void {
    if (!this.plugged) throw new HsmUnavailable(GONE);
  }
}
