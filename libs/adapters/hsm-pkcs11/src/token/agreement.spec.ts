import { createHash, randomBytes } from 'node:crypto';
import type { Material } from '@claviger/ports';
import { CKA, CKR } from './ck.js';
import type { Attribute, Cryptoki, Handle } from './cryptoki.js';
import { condemn, erase } from './destroy.js';
import { Absent, Lost } from './failure.js';
import { type Generation, generate, load } from './generate.js';
import { TokenSession } from './session.js';

/** What a token keeps, for as many processes as like, each with its own {@link clientOf}. Handles are those of the token. */
class SimulatedToken {
  readonly objects = new Map<number, Map<number, Buffer>>();
  /** Away: it shows nothing and keeps nothing, but every session looks sound. */
  away = false;
  #last = 0;

  add(attributes: readonly Attribute[]): Handle {
    if (this.away) throw failure(CKR.GENERAL_ERROR);
    const values = attributes.map(({ type, value }) => [type, asBytes(value)] as const);
    this.objects.set(++this.#last, new Map([...values, [CKA.VALUE, randomBytes(32)]]));
    return Buffer.from([this.#last]);
  }

  get(object: Handle): Map<number, Buffer> {
    const found = this.away ? undefined : this.objects.get(object[0] ?? 0);
    if (found === undefined) throw failure(CKR.OBJECT_HANDLE_INVALID);
    return found;
  }

  matching(template: readonly Attribute[]): Handle[] {
    if (this.away) return [];
    const fits = (object: Map<number, Buffer>): boolean =>
      template.every(({ type, value }) => object.get(type)?.equals(asBytes(value)) === true);
    return [...this.objects].filter(([, object]) => fits(object)).map(([number]) => Buffer.from([number]));
  }

  keys(): Map<number, Buffer>[] {
    return [...this.objects.values()].filter((object) => object.has(CKA.ID));
  }
}

/** One process. `step` runs before each of its calls: what others do meanwhile. */
function clientOf(token: SimulatedToken, step: () => void = () => undefined): TokenSession {
  let found: Handle[] = [];
  let encrypting: Handle = Buffer.alloc(1);
  const calls: Partial<Cryptoki> = {
    C_Initialize: () => undefined,
    C_GetSlotList: () => [Buffer.alloc(1)],
    C_GetTokenInfo: () => ({ label: 'simulated ', serialNumber: '1', manufacturerID: 'Test', model: 'T', flags: 0 }),
    C_OpenSession: () => Buffer.alloc(1),
    C_Login: () => undefined,
    C_FindObjectsInit: (_, template) => void (found = token.matching(template)),
    C_FindObjects: () => found.splice(0),
    C_FindObjectsFinal: () => undefined,
    C_GetAttributeValue: (_, object, attributes) =>
      attributes.map(({ type }) => ({ type, value: token.get(object).get(type) ?? Buffer.alloc(0) })),
    C_SetAttributeValue: (_, object, attributes) => {
      for (const { type, value } of attributes) token.get(object).set(type, asBytes(value));
    },
    C_CreateObject: (_, template) => token.add(template),
    C_GenerateKey: (_, __, template) =>
      token.add([
        ...template,
        { type: CKA.ALWAYS_SENSITIVE, value: true },
        { type: CKA.NEVER_EXTRACTABLE, value: true },
      ]),
    C_DestroyObject: (_, object) => {
      token.get(object);
      token.objects.delete(object[0] ?? 0);
    },
    C_EncryptInit: (_, __, key) => void (encrypting = key),
    C_Encrypt: () =>
      createHash('sha256')
        .update(token.get(encrypting).get(CKA.VALUE) ?? '')
        .digest(),
  };
  const module = new Proxy(calls as Cryptoki, {
    get: (target, name) => {
      step();
      return Reflect.get(target, name) as unknown;
    },
  });
  const session = new TokenSession(module);
  session.connect({ label: 'simulated', serial: undefined }, Buffer.from('1234'));
  session.leaveMarker();
  return session;
}

const material: Material = {
  reference: '0198f000-0000-8000-8000-000000000001',
  keyId: 'k',
  version: 1,
  spec: 'SYMMETRIC_DEFAULT',
  usage: 'ENCRYPT_DECRYPT',
};
const NONCES = ['a', 'b', 'c'].map((letter) => letter.repeat(32));

const stepOf = (session: TokenSession, nonce: string, abandoned: readonly string[] = []): Generation =>
  generate(session, { material, wrapping: false, nonce, abandoned });

/** Goes on until it is told. */
function finish(session: TokenSession, nonce: string, abandoned: readonly string[] = []): string {
  for (let i = 0; i < 10; i++) {
    const step = stepOf(session, nonce, abandoned);
    if (step.kind === 'made') return step.made.fingerprint.toString('hex');
  }
  throw new Error('nothing was made');
}

describe('making one key per reference', () => {
  it.each(NONCES.slice(1))('answers all the same key, wherever another cuts in (%s)', (nonce) => {
    let ran = true;
    for (let at = 1; ran; at++) {
      for (const others of [1, 2, 3]) {
        const token = new SimulatedToken();
        const other = clientOf(token);
        let calls = 0;
        const answers: string[] = [];
        ran = false;
        const first = clientOf(token, () => {
          calls++;
          if (calls !== at + 20) return; // 20: more than connecting takes
          ran = true;
          for (let i = 0; i < others; i++) {
            const step = stepOf(other, nonce);
            if (step.kind === 'made') answers.push(step.made.fingerprint.toString('hex'));
          }
        });
        for (let round = 0; round < 10; round++) {
          for (const step of [stepOf(first, NONCES[0] ?? ''), stepOf(other, nonce)]) {
            if (step.kind === 'made') answers.push(step.made.fingerprint.toString('hex'));
          }
        }
        expect(answers.length).toBeGreaterThan(2);
        expect(new Set(answers).size).toBe(1);
        expect(token.keys()).toHaveLength(1);
      }
    }
  });

  it('waits for a candidate of another, and takes it away once its maker has died', () => {
    const token = new SimulatedToken();
    stepOf(clientOf(token), NONCES[0] ?? ''); // and never comes back
    const second = clientOf(token);
    for (let i = 0; i < 5; i++) {
      expect(stepOf(second, NONCES[1] ?? '')).toEqual({ kind: 'waits', candidates: [NONCES[0]] });
    }
    finish(second, NONCES[1] ?? '', [NONCES[0] ?? '']);
    expect(token.keys()).toHaveLength(1);
  });

  it('begins again when the own candidate was taken away', () => {
    const token = new SimulatedToken();
    const [first, second] = [clientOf(token), clientOf(token)];
    stepOf(first, NONCES[0] ?? '');
    const made = finish(second, NONCES[1] ?? '', [NONCES[0] ?? '']);
    expect(finish(first, NONCES[0] ?? '')).toBe(made);
  });
});

describe('a reference that was destroyed', () => {
  it('is never made, wherever the destruction cuts in', () => {
    let ran = true;
    for (let at = 1; ran; at++) {
      const token = new SimulatedToken();
      const other = clientOf(token);
      let calls = 0;
      ran = false;
      const first = clientOf(token, () => {
        calls++;
        if (calls !== at + 20) return;
        ran = true;
        condemn(other, material);
        erase(other, material);
      });
      let made = false;
      try {
        finish(first, NONCES[0] ?? '');
        made = true;
      } catch (error) {
        if (!(error instanceof Absent)) throw error;
      }
      if (!ran) break; // the making had ended before
      expect(made && token.keys().length > 0).toBe(false);
      expect(() => stepOf(other, NONCES[1] ?? '')).toThrow(Absent);
      expect(() => load(other, material)).toThrow(Absent);
      expect(token.keys()).toHaveLength(0);
    }
  });
});

describe('a token that went away without a word', () => {
  it('is lost, and does not count as one that has no such key', () => {
    const token = new SimulatedToken();
    const session = clientOf(token);
    finish(session, NONCES[0] ?? '');
    token.away = true;
    expect(() => load(session, material)).toThrow(Lost);
    expect(() => stepOf(session, NONCES[0] ?? '')).toThrow(Lost);
    expect(() => condemn(session, material)).toThrow(Lost);
    expect(() => erase(session, material)).toThrow(Lost);
    token.away = false;
    load(session, material);
  });
});

function asBytes(value: Attribute['value']): Buffer {
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === 'boolean') return Buffer.from([value ? 1 : 0]);
  return typeof value === 'number' ? Buffer.from([value & 0xff]) : Buffer.from(value ?? '');
}

function failure(code: number): Error {
  return Object.assign(new Error('CKR_SIMULATED'), { name: 'Pkcs11Error', code });
}
