import { createPublicKey, verify } from 'node:crypto';
import { KEY_SPECS, KEY_USAGES, type KeySpec, type KeyUsage, SPEC_FACTS } from '@claviger/domain';
import { type Hsm, type HsmUses, type Material, MaterialUnavailable } from '../contract.js';
import { bytes, hex, type HsmHarness, KEY_ID, material, OTHER_KEY_ID, type Offers, offersAll } from './harness.js';

/** One spec of each family is enough here; what each spec does is looked at elsewhere. */
const FAMILIES: readonly (readonly [KeySpec, KeyUsage])[] = [
  ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'],
  ['XCHACHA20_POLY1305', 'ENCRYPT_DECRYPT'],
  ['ECC_NIST_P256', 'SIGN_VERIFY'],
  ['HMAC_256', 'GENERATE_VERIFY_MAC'],
];
const aad = bytes('aad');

/** Making, keeping, binding, forgetting and destroying of material. */
export function lifecycleConformance(make: () => Promise<HsmHarness>, offers: Offers): void {
  const families = FAMILIES.filter(([spec, usage]) => offers(spec, usage));
  let harness: HsmHarness;
  let hsm: Hsm;

  beforeEach(async () => {
    harness = await make();
    hsm = harness.hsm;
  });

  afterEach(() => harness.dispose());

  const unavailable = (call: Promise<unknown>): Promise<void> =>
    expect(call).rejects.toBeInstanceOf(MaterialUnavailable);

  it('names its device, and supports what is known of it and nothing else', () => {
    expect(hsm.device).not.toBe('');
    const algorithms = KEY_SPECS.flatMap((spec) => Object.values(SPEC_FACTS[spec]).flat() as string[]);
    for (const spec of KEY_SPECS) {
      for (const usage of KEY_USAGES) {
        const supported = [undefined, ...new Set(algorithms)].filter((algorithm) =>
          hsm.supports(spec, usage, algorithm as 'ECDSA_SHA_256' | undefined),
        );
        const known = [undefined, ...new Set(algorithms)].filter((algorithm) =>
          offers(spec, usage, algorithm as 'ECDSA_SHA_256' | undefined),
        );
        expect([spec, usage, ...supported]).toEqual([spec, usage, ...known]);
        // No device does what the domain does not have.
        for (const each of known) expect(offersAll(spec, usage, each as 'ECDSA_SHA_256' | undefined)).toBe(true);
      }
    }
  });

  it('refuses to make what it does not support', async () => {
    for (const spec of KEY_SPECS) {
      for (const usage of KEY_USAGES) {
        if (offers(spec, usage)) continue;
        await expect(hsm.generate(material(1, spec, usage))).rejects.toBeInstanceOf(RangeError);
      }
    }
    expect(await hsm.list('', 10)).toEqual([]);
  });

  describe.each(families)('%s', (spec, usage) => {
    const key = material(1, spec, usage);

    it('answers the same material for the same reference, also after a restart (R-9)', async () => {
      const first = await hsm.generate(key);
      expect(first.fingerprint).toHaveLength(32);
      expect(same(await hsm.generate(key), first)).toBe(true);
      const probe = await useOnce(hsm, key);
      const later = await harness.another();
      expect(same(await later.generate(key), first)).toBe(true);
      await probe(later);
    });

    it('makes one material for all who generate under one reference at once, in one process or two', async () => {
      const second = await harness.another();
      const answers = await Promise.all([hsm, second, hsm, second].map((each) => each.generate(key)));
      for (const answer of answers) expect(same(answer, answers[0] ?? answer)).toBe(true);
      await (await useOnce(hsm, key))(second);
    });

    it('makes different material under each reference, with different fingerprints', async () => {
      const made = await Promise.all([1, 2, 3].map((i) => hsm.generate(material(i, spec, usage))));
      expect(new Set(made.map(({ fingerprint }) => hex(fingerprint))).size).toBe(3);
    });

    it('does nothing for a right reference under another key, version, spec or usage, cold or warm', async () => {
      await hsm.generate(key);
      const wrong: Material[] = [
        { ...key, keyId: OTHER_KEY_ID },
        { ...key, version: key.version + 1 },
        ...families.filter(([other]) => other !== spec).map(([other, its]) => ({ ...key, spec: other, usage: its })),
      ];
      for (const device of [hsm, await harness.another()]) {
        for (const warm of [false, true]) {
          if (warm) await useOnce(device, key);
          for (const other of wrong) {
            await unavailable(useOnce(device, other));
            await unavailable(device.generate(other));
            await unavailable(device.destroy(other));
          }
        }
      }
      await useOnce(hsm, key);
    });

    it('does nothing for material that was never made', async () => {
      await unavailable(useOnce(hsm, key));
    });

    it('works again after it was made to forget the key', async () => {
      await hsm.generate(key);
      const probe = await useOnce(hsm, key);
      hsm.forget(KEY_ID);
      hsm.forget(OTHER_KEY_ID);
      await probe(hsm);
    });

    it('never again uses or makes what was destroyed, in the process that had used it or the next', async () => {
      await hsm.generate(key);
      await useOnce(hsm, key);
      await hsm.destroy(key);
      await hsm.destroy(key);
      for (const device of [hsm, await harness.another()]) {
        await unavailable(useOnce(device, key));
        await unavailable(device.generate(key));
        await device.destroy(key);
      }
      expect(await hsm.list('', 10)).toEqual([]);
    });

    it('destroys what was never made: it cannot be made afterwards', async () => {
      await hsm.destroy(key);
      await unavailable(hsm.generate(key));
      await unavailable(useOnce(hsm, key));
    });

    it('does not use what a use in flight had loaded, once destroy has returned', async () => {
      await hsm.generate(key);
      const device = await harness.another();
      const racing = [useOnce(device, key), useOnce(device, key)];
      const destroyed = device.destroy(key);
      await Promise.allSettled([...racing, destroyed]);
      await destroyed;
      await unavailable(useOnce(device, key));
    });

    it('leaves the other versions alone when one is destroyed', async () => {
      const next = material(2, spec, usage);
      await hsm.generate(key);
      await hsm.generate(next);
      await hsm.destroy(key);
      await useOnce(hsm, next);
      expect(await hsm.list('', 10)).toEqual([next.reference]);
    });

    it('does not use, nor replace, material whose stored form was changed, and can destroy it', async () => {
      if (harness.tamper === undefined) return;
      await hsm.generate(key);
      await harness.tamper(key.reference);
      const device = await harness.another();
      await unavailable(useOnce(device, key));
      await unavailable(device.generate(key));
      await device.destroy(key);
      expect(await device.list('', 10)).toEqual([]);
    });
  });

  it('refuses each use that spec and usage do not have', async () => {
    for (const [i, [spec, usage]] of families.entries()) {
      const key = material(i, spec, usage);
      await hsm.generate(key);
      for (const use of Object.keys(REQUESTS) as (keyof HsmUses)[]) {
        if (USAGES_OF[use] === usage && use !== 'rsaDecrypt') continue;
        await expect(hsm.use(use, key, REQUESTS[use])).rejects.toBeInstanceOf(RangeError);
      }
    }
  });

  it('lists what it holds in ascending order, page by page', async () => {
    const keys = [3, 1, 2].map((i) => material(i, 'SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'));
    for (const key of keys) await hsm.generate(key);
    const all = keys.map(({ reference }) => reference).sort();
    expect(await hsm.list('', 2)).toEqual(all.slice(0, 2));
    expect(await hsm.list(all[1] ?? '', 2)).toEqual(all.slice(2));
    expect(await hsm.list(all[2] ?? '', 2)).toEqual([]);
  });
}

const REQUESTS: { readonly [U in keyof HsmUses]: HsmUses[U]['request'] } = {
  encrypt: { plaintext: bytes('x'), aad },
  decrypt: { iv: new Uint8Array(12), ciphertext: bytes('x'), tag: new Uint8Array(16), aad },
  rsaDecrypt: { algorithm: 'RSAES_OAEP_SHA_256', ciphertext: new Uint8Array(256) },
  sign: { algorithm: 'ECDSA_SHA_256', messageType: 'RAW', message: bytes('x') },
  mac: { algorithm: 'HMAC_SHA_256', message: bytes('x') },
};

const USAGES_OF: Readonly<Record<keyof HsmUses, KeyUsage>> = {
  encrypt: 'ENCRYPT_DECRYPT',
  decrypt: 'ENCRYPT_DECRYPT',
  rsaDecrypt: 'ENCRYPT_DECRYPT',
  sign: 'SIGN_VERIFY',
  mac: 'GENERATE_VERIFY_MAC',
};

/** Uses the material once, and answers the way to find out whether another device has the very same material. */
async function useOnce(hsm: Hsm, key: Material): Promise<(other: Hsm) => Promise<void>> {
  switch (key.usage) {
    case 'ENCRYPT_DECRYPT': {
      const sealed = await hsm.use('encrypt', key, REQUESTS.encrypt);
      return async (other) => expect(hex(await other.use('decrypt', key, { ...sealed, aad }))).toBe(hex(bytes('x')));
    }
    case 'SIGN_VERIFY': {
      const signature = await hsm.use('sign', key, REQUESTS.sign);
      return async (other) => {
        const { publicKey } = await other.generate(key);
        const imported = createPublicKey({ key: Buffer.from(publicKey ?? []), format: 'der', type: 'spki' });
        expect(verify('sha256', bytes('x'), imported, signature)).toBe(true);
        const theirs = await other.use('sign', key, REQUESTS.sign);
        expect(verify('sha256', bytes('x'), imported, theirs)).toBe(true);
      };
    }
    case 'GENERATE_VERIFY_MAC': {
      const mac = await hsm.use('mac', key, REQUESTS.mac);
      return async (other) => expect(hex(await other.use('mac', key, REQUESTS.mac))).toBe(hex(mac));
    }
  }
}

function same(a: { publicKey: Uint8Array | undefined; fingerprint: Uint8Array }, b: typeof a): boolean {
  return hex(a.fingerprint) === hex(b.fingerprint) && hex(a.publicKey) === hex(b.publicKey);
}
