import { IvSource, type RandomSource, SecretBytes } from '@claviger/crypto';
import { algorithmsOf, type KeyAlgorithm, type KeySpec, type KeyUsage } from '@claviger/domain';
import {
  type DeviceRandom,
  type GeneratedMaterial,
  Hsm,
  type HsmUses,
  type Material,
  MaterialUnavailable,
  type OpenedSecret,
  SealedRecordInvalid,
  type SealedSecrets,
} from '@claviger/ports';
import { type DigestSigner, inlineDigestSigner } from './digest-signer.js';
import { asHsmError } from './failure.js';
import { type CachedKey, KeyCache } from './key-cache.js';
import { loadKey } from './load-key.js';
import { makeMaterial } from './make-material.js';
import { aboutOf, describedBy, isSame } from './material-record.js';
import { SlowLane } from './slow-lane.js';
import { makeUses, problemOf, type Uses } from './uses.js';

export interface SoftwareHsmOptions {
  readonly secrets: SealedSecrets;
  readonly random: RandomSource;
  /** Threads of libuv's pool (UV_THREADPOOL_SIZE); 4 when absent, as libuv has it. All but one may be taken at once. */
  readonly poolThreads?: number;
  /** Most calls that wait for a pool thread before others are refused; 1024 when absent. */
  readonly mostWaiting?: number;
  /** Most keys kept ready in memory; 10,000 when absent. */
  readonly cachedKeys?: number;
  /** Signs digests; on the calling thread when absent. Closed with the HSM. */
  readonly digestSigner?: DigestSigner;
}

/**
 * Key material in software: sealed in the sealed store, opened into memory for use. It holds every spec and usage of the domain.
 *
 * Symmetric, HMAC, P-256 and Ed25519 calls run on the calling thread; with the key in memory they do no I/O. The slow ones run in
 * libuv's pool, digests in the signer's threads.
 */
export class SoftwareHsm extends Hsm implements DeviceRandom {
  readonly device = 'software';
  readonly #secrets: SealedSecrets;
  readonly #random: RandomSource;
  readonly #slow: SlowLane;
  readonly #digests: DigestSigner;
  readonly #uses: Uses;
  readonly #cache: KeyCache;
  readonly #generating = new Map<string, Promise<unknown>>();
  /** Counts what drops keys: a key that was loaded across such a moment is used once and not kept. */
  #drops = 0;

  constructor(options: SoftwareHsmOptions) {
    super();
    this.#secrets = options.secrets;
    this.#random = options.random;
    this.#slow = new SlowLane(options.poolThreads ?? 4, options.mostWaiting ?? 1024);
    this.#digests = options.digestSigner ?? inlineDigestSigner(options.random);
    this.#cache = new KeyCache(options.cachedKeys ?? 10_000);
    const ivs = new IvSource(options.random);
    this.#uses = makeUses({ ivs, random: options.random, slow: this.#slow, digests: this.#digests });
  }

  supports(spec: KeySpec, usage: KeyUsage, algorithm?: KeyAlgorithm): boolean {
    const algorithms = algorithmsOf(spec, usage);
    return algorithm === undefined ? algorithms.length > 0 : algorithms.includes(algorithm);
  }

  async generate(material: Material): Promise<GeneratedMaterial> {
    if (!this.supports(material.spec, material.usage))
      throw new RangeError(`${material.spec} cannot be made for ${material.usage}`);
    const { reference } = material;
    // One at a time per reference: the second finds what the first stored, instead of making an RSA key in vain.
    for (let before = this.#generating.get(reference); before !== undefined; before = this.#generating.get(reference)) {
      await before.catch(() => undefined); // its own caller learns of the error
    }
    const running = this.#generate(material);
    this.#generating.set(reference, running);
    try {
      return await running;
    } catch (error) {
      throw asHsmError(reference, error);
    } finally {
      this.#generating.delete(reference);
    }
  }

  use<U extends keyof HsmUses>(
    use: U,
    material: Material,
    request: HsmUses[U]['request'],
  ): Promise<HsmUses[U]['result']> {
    const problem = problemOf(this.#uses, use, material, request);
    if (problem !== undefined) return Promise.reject(new RangeError(problem));
    const cached = this.#cache.get(material.reference);
    return cached === undefined ? this.#useCold(use, material, request) : this.#run(use, cached, material, request);
  }

  async destroy(material: Material): Promise<void> {
    const { reference } = material;
    try {
      const held = await this.#open(reference).catch(undefinedIfInvalid);
      held?.secret.wipe();
      if (held !== undefined && describedBy(held.about, material) === undefined)
        throw new MaterialUnavailable(reference);
      await this.#secrets.destroy(reference);
    } catch (error) {
      throw asHsmError(reference, error);
    } finally {
      this.#drops++;
      this.#cache.drop(reference);
    }
  }

  forget(keyId: string): void {
    this.#drops++;
    this.#cache.dropKey(keyId);
  }

  async list(after: string, maxCount: number): Promise<readonly string[]> {
    try {
      return await this.#secrets.list('material', after, maxCount);
    } catch (error) {
      throw asHsmError('', error);
    }
  }

  randomBytes(length: number): SecretBytes {
    return SecretBytes.take(this.#random(length));
  }

  /** Forgets all keys and stops the signer's threads. The sealed store is its opener's to close. */
  async close(): Promise<void> {
    this.#drops++;
    this.#cache.clear();
    await this.#digests.close();
  }

  async #generate(material: Material): Promise<GeneratedMaterial> {
    const held = await this.#open(material.reference);
    if (held !== undefined) return ofThis(material, held);
    const made = await makeMaterial(material.spec, this.#random, this.#slow);
    using secret = made.secret;
    // Another process may have been faster: what is stored counts, whoever made it.
    return ofThis(
      material,
      await this.#secrets.createDescribed(material.reference, 'material', aboutOf(material, made), secret),
    );
  }

  async #useCold<U extends keyof HsmUses>(
    use: U,
    material: Material,
    request: HsmUses[U]['request'],
  ): Promise<HsmUses[U]['result']> {
    return this.#run(use, await this.#load(material), material, request);
  }

  #run<U extends keyof HsmUses>(
    use: U,
    cached: CachedKey,
    material: Material,
    request: HsmUses[U]['request'],
  ): Promise<HsmUses[U]['result']> {
    if (!isSame(cached.material, material)) return Promise.reject(new MaterialUnavailable(material.reference));
    return new Promise((resolve) => resolve(this.#uses[use].run(cached.key, material, request)));
  }

  async #load(material: Material): Promise<CachedKey> {
    const drops = this.#drops;
    const held = await this.#open(material.reference).catch((error: unknown) => {
      throw asHsmError(material.reference, error);
    });
    if (held === undefined) throw new MaterialUnavailable(material.reference);
    using secret = held.secret;
    const key = describedBy(held.about, material) === undefined ? undefined : loadKey(material.spec, secret);
    if (key === undefined) throw new MaterialUnavailable(material.reference);
    const { reference, keyId, version, spec, usage } = material;
    const loaded: CachedKey = { material: { reference, keyId, version, spec, usage }, key };
    if (drops === this.#drops) this.#cache.set(loaded);
    return loaded;
  }

  #open(reference: string): Promise<OpenedSecret | undefined> {
    return this.#secrets.openDescribed(reference, 'material');
  }
}

/** The public part, if the record is that of `material`. The secret is not needed for it. */
function ofThis(material: Material, { secret, about }: OpenedSecret): GeneratedMaterial {
  secret.wipe();
  const made = describedBy(about, material);
  if (made === undefined) throw new MaterialUnavailable(material.reference);
  return made;
}

/** A record that does not verify can still be destroyed. */
function undefinedIfInvalid(error: unknown): undefined {
  if (!(error instanceof SealedRecordInvalid)) throw error;
}
