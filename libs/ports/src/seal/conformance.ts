import { SecretBytes } from '@claviger/crypto';
import { Seal, Sealed } from './contract.js';

export interface SealHarness {
  readonly seal: Seal;
  /** Another seal over the same root key, as after a restart. */
  again(): Promise<Seal>;
  /** A seal over another root key. */
  stranger(): Promise<Seal>;
  dispose(): Promise<void>;
}

/** What every {@link Seal} MUST do. */
export function sealConformance(name: string, make: () => Promise<SealHarness>): void {
  describe(`Seal conformance: ${name}`, () => {
    let harness: SealHarness;
    let seal: Seal;

    beforeEach(async () => {
      harness = await make();
      seal = harness.seal;
    });

    afterEach(() => harness.dispose());

    it('names its kind and is unsealed once it was opened', () => {
      expect(seal.kind).toMatch(/^[a-z0-9-]+$/);
      expect(seal.status()).toBe('unsealed');
    });

    it.each([16, 32, 64])('gives back a key of %i bytes under the same context', async (length) => {
      const wrapped = await seal.wrap(key(length), 'a context');
      expect((await seal.unwrap(wrapped, 'a context'))?.equals(key(length))).toBe(true);
    });

    it('takes an empty context and one in any script', async () => {
      for (const context of ['', 'ключ 🔑']) {
        expect((await seal.unwrap(await seal.wrap(key(32), context), context))?.equals(key(32))).toBe(true);
      }
    });

    it('opens after a restart what it wrapped before', async () => {
      const wrapped = await seal.wrap(key(32), 'a context');
      const later = await harness.again();
      expect((await later.unwrap(wrapped, 'a context'))?.equals(key(32))).toBe(true);
    });

    it('does not open under another context', async () => {
      const wrapped = await seal.wrap(key(32), 'a context');
      for (const context of ['', 'a contexT', 'a context ', 'b context']) {
        expect(await seal.unwrap(wrapped, context)).toBeUndefined();
      }
    });

    it('does not open under another root key', async () => {
      const wrapped = await seal.wrap(key(32), 'a context');
      expect(await (await harness.stranger()).unwrap(wrapped, 'a context')).toBeUndefined();
    });

    it('does not open when any one bit was changed, or the end is missing or longer', async () => {
      const wrapped = await seal.wrap(key(32), 'a context');
      for (let bit = 0; bit < wrapped.length * 8; bit += 3) {
        const changed = Uint8Array.from(wrapped);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(await seal.unwrap(changed, 'a context')).toBeUndefined();
      }
      for (let length = 0; length < wrapped.length; length++) {
        expect(await seal.unwrap(wrapped.subarray(0, length), 'a context')).toBeUndefined();
      }
      expect(await seal.unwrap(Uint8Array.of(...wrapped, 0), 'a context')).toBeUndefined();
    });

    it('never wraps to the same bytes twice, nor shows the key in them', async () => {
      const first = Buffer.from(await seal.wrap(key(32), 'a context'));
      const second = Buffer.from(await seal.wrap(key(32), 'a context'));
      expect(first.equals(second)).toBe(false);
      key(32).use((bytes) => expect(first.includes(bytes)).toBe(false));
    });

    it.each([0, 15, 65])('refuses to wrap %i bytes', async (length) => {
      await expect(seal.wrap(key(length), 'a context')).rejects.toBeInstanceOf(RangeError);
    });

    it('does nothing any more once it is sealed', async () => {
      const wrapped = await seal.wrap(key(32), 'a context');
      seal.seal();
      seal.seal();
      expect(seal.status()).toBe('sealed');
      await expect(seal.wrap(key(32), 'a context')).rejects.toBeInstanceOf(Sealed);
      await expect(seal.unwrap(wrapped, 'a context')).rejects.toBeInstanceOf(Sealed);
    });
  });
}

function key(length: number): SecretBytes {
  return SecretBytes.take(Uint8Array.from({ length }, (_, i) => (i * 37 + 11) & 0xff));
}
