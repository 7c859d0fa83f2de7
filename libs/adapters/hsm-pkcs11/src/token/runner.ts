import type { Material } from '@claviger/ports';
import { checkCapabilities } from './capabilities.js';
import { type Cryptoki, inWords } from './cryptoki.js';
import { condemn, erase } from './destroy.js';
import { Absent, isLoss, isStaleHandle, Lost, NotSeen, PinRefused, Unusable } from './failure.js';
import { generate, load } from './generate.js';
import type { Answer, GenerateAnswer, GenerateJob, JobName, Jobs } from './jobs.js';
import { KeyCache } from './key-cache.js';
import { list } from './list.js';
import type { Verified } from './objects.js';
import { gcmDecrypt, gcmEncrypt, hmac, oaepDecrypt, sign } from './operations.js';
import { decryptOrUndefined, rsaStillWorks, secretStillWorks } from './probe-key.js';
import { TokenSession } from './session.js';
import { FORMS } from './spec-forms.js';
import { unwrapDataKey, wrapDataKey } from './wrapping.js';

type Handlers = { readonly [J in JobName]: (request: Jobs[J]['request']) => Jobs[J]['result'] };

const MOST_KEYS = 10_000;

/** Does jobs on one token session, one after the other, on the thread it lives on. */
export class TokenRunner {
  readonly #session: TokenSession;
  readonly #keys = new KeyCache(MOST_KEYS);
  readonly #handlers: Handlers = {
    connect: ({ address, pin, leaveMarker }) => {
      this.#keys.clear();
      const facts = this.#session.connect(address, pin);
      if (leaveMarker) this.#session.leaveMarker();
      this.#session.requireAlive();
      return facts;
    },
    disconnect: () => {
      this.#keys.clear();
      this.#session.disconnect();
    },
    finalize: () => {
      this.#keys.clear();
      this.#session.finalize();
    },
    capabilities: () => checkCapabilities(this.#session),
    alive: () => this.#session.requireAlive(),
    generate: (job) => this.#generate(job),
    encrypt: ({ material, iv, plaintext, aad }) =>
      this.#with(material, ({ key }) => gcmEncrypt(this.#session, key, iv, plaintext, aad)),
    decrypt: ({ material, iv, ciphertext, tag, aad }) =>
      this.#with(material, (verified) =>
        decryptOrUndefined(
          () => gcmDecrypt(this.#session, verified.key, iv, Buffer.concat([ciphertext, tag]), aad),
          () => secretStillWorks(this.#session, verified),
        ),
      ),
    rsaDecrypt: ({ material, algorithm, ciphertext }) =>
      this.#with(material, (verified) =>
        decryptOrUndefined(
          () => oaepDecrypt(this.#session, verified.key, algorithm, ciphertext),
          () => rsaStillWorks(this.#session, verified, algorithm),
        ),
      ),
    sign: ({ material, algorithm, messageType, message }) =>
      this.#with(material, ({ key }) => sign(this.#session, key, algorithm, messageType, message)),
    mac: ({ material, message }) =>
      this.#with(material, ({ key }) => hmac(this.#session, key, hmacMechanism(material), message)),
    wrap: ({ material, mechanism, dataKey }) =>
      this.#with(material, ({ key }) => wrapDataKey(this.#session, mechanism, key, dataKey)),
    unwrap: ({ material, mechanism, wrapped }) =>
      this.#with(material, (verified) =>
        decryptOrUndefined(
          () => unwrapDataKey(this.#session, mechanism, verified.key, wrapped),
          () => secretStillWorks(this.#session, verified),
        ),
      ),
    condemn: ({ material }) => condemn(this.#session, material),
    erase: ({ material }) => {
      this.#keys.drop(material.reference);
      erase(this.#session, material);
    },
    list: ({ after, maxCount }) => list(this.#session, after, maxCount),
    drop: ({ reference }) => this.#keys.drop(reference),
    forget: ({ keyId }) => this.#keys.dropKey(keyId),
  };

  constructor(module: Cryptoki) {
    this.#session = new TokenSession(module);
  }

  /** Total: whatever goes wrong is an answer. */
  run<J extends JobName>(job: J, request: Jobs[J]['request']): Answer<J> {
    try {
      return { kind: 'done', result: this.#handlers[job](request) };
    } catch (error) {
      return this.#answerTo(error);
    }
  }

  #answerTo(error: unknown): Exclude<Answer<JobName>, { kind: 'done' }> {
    if (error instanceof Absent) return { kind: 'absent', why: error.message, unsure: error instanceof NotSeen };
    if (error instanceof PinRefused) return { kind: 'pin-refused', why: error.message, tried: error.tried };
    if (error instanceof Unusable) return { kind: 'unusable', why: error.message };
    if (isLoss(error)) return { kind: 'lost', why: error instanceof Lost ? error.message : inWords(error) };
    // Any other code may come of a lost token too: SoftHSM answers GENERAL_ERROR for a key that it cannot store any more.
    try {
      this.#session.requireAlive();
      return { kind: 'failed', why: inWords(error) };
    } catch {
      return { kind: 'lost', why: inWords(error) };
    }
  }

  #generate(job: GenerateJob): GenerateAnswer {
    const generation = generate(this.#session, job);
    if (generation.kind !== 'made') return generation;
    const { spki, fingerprint } = generation.made;
    this.#keys.set(generation.made);
    // Copies: an answer is wiped once it is sent, these are kept.
    return { kind: 'made', publicKey: spki && Uint8Array.from(spki), fingerprint: Uint8Array.from(fingerprint) };
  }

  /** Runs `use` with the key, which is looked for again, once, when its handle has become stale. */
  #with<T>(material: Material, use: (key: Verified) => T): T {
    const cached = this.#keys.get(material.reference);
    if (cached !== undefined && isSame(cached.material, material)) {
      try {
        return use(cached);
      } catch (error) {
        if (!isStaleHandle(error)) throw error;
        this.#keys.drop(material.reference);
      }
    }
    if (cached !== undefined && !isSame(cached.material, material)) throw new Absent('it belongs to other material');
    const loaded = load(this.#session, material);
    this.#keys.set(loaded);
    return use(loaded);
  }
}

function isSame(a: Material, b: Material): boolean {
  return a.keyId === b.keyId && a.version === b.version && a.spec === b.spec && a.usage === b.usage;
}

function hmacMechanism({ spec }: Material): number {
  const form = FORMS[spec];
  if (form.kind !== 'hmac') throw new RangeError(`${spec} makes no MAC`);
  return form.mechanism;
}
