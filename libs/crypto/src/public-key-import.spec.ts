import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { CURVES, type EcCurve } from './curves.js';
import { importPublicKey } from './public-key-import.js';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const CURVE_NAMES: readonly EcCurve[] = ['P-256', 'P-384', 'P-521', 'secp256k1'];
const spki = { format: 'der', type: 'spki' } as const;
const edSpki = (point: Uint8Array): Buffer => Buffer.concat([hex('302a300506032b6570032100'), point]);

describe.each(CURVE_NAMES)('importing a public key on %s', (name) => {
  const namedCurve = CURVES[name].nodeName;
  const good = generateKeyPairSync('ec', { namedCurve }).publicKey.export(spki);

  it('takes the named curve with an uncompressed point', () => {
    expect(importPublicKey(good)?.asymmetricKeyDetails?.namedCurve).toBe(namedCurve);
  });

  it('refuses explicit curve parameters, which OpenSSL takes for the named curve', () => {
    const explicit = generateKeyPairSync('ec', { namedCurve, paramEncoding: 'explicit' }).publicKey.export(spki);
    expect(createPublicKey({ key: explicit, ...spki }).asymmetricKeyDetails?.namedCurve).toBe(namedCurve);
    expect(importPublicKey(explicit)).toBeUndefined();
  });

  it('refuses points off the curve and at infinity, compressed points, and bytes after the key', () => {
    const off = Buffer.from(good);
    off[off.length - 1] = (off.at(-1) ?? 0) ^ 1;
    const key = createPublicKey({ key: good, ...spki });
    const compressed = key.export({ format: 'raw-public', type: 'compressed' });
    const head = hex(CURVES[name].spkiPrefix);
    const algorithm = head.subarray(head[1] === 0x81 ? 3 : 2, head.lastIndexOf(0x03));
    const wrap = (point: Uint8Array): Buffer => {
      const bits = Buffer.concat([Uint8Array.of(0x03, point.length + 1, 0), point]);
      return Buffer.concat([Uint8Array.of(0x30, algorithm.length + bits.length), algorithm, bits]);
    };
    expect(createPublicKey({ key: wrap(compressed), ...spki }).asymmetricKeyDetails?.namedCurve).toBe(namedCurve);
    expect(importPublicKey(off)).toBeUndefined();
    expect(importPublicKey(wrap(compressed))).toBeUndefined();
    expect(importPublicKey(wrap(Uint8Array.of(0)))).toBeUndefined();
    expect(importPublicKey(Buffer.concat([good, Buffer.alloc(1)]))).toBeUndefined();
  });
});

describe('importing an Ed25519 public key', () => {
  it('takes points of prime order only', () => {
    expect(importPublicKey(edSpki(ed25519.Point.BASE.multiply(5n).toBytes()))?.asymmetricKeyType).toBe('ed25519');
    const torsion = ed25519.Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'); // order 8
    expect(torsion.isSmallOrder()).toBe(true);
    const refused = [
      ed25519.Point.ZERO.toBytes(),
      torsion.toBytes(),
      ed25519.Point.BASE.add(torsion).toBytes(),
      hex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'), // y = p: another encoding of 0
      hex('0200000000000000000000000000000000000000000000000000000000000000'), // no point has this y
    ];
    for (const point of refused) {
      expect(createPublicKey({ key: edSpki(point), ...spki }).asymmetricKeyType).toBe('ed25519');
      expect(importPublicKey(edSpki(point))).toBeUndefined();
    }
  });
});

describe('importing an RSA public key', () => {
  it('takes 2048, 3072 and 4096 bits with exponent 65537 in canonical DER only', () => {
    const good = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export(spki);
    expect(importPublicKey(good)?.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(importPublicKey(Buffer.concat([good, Buffer.alloc(3)]))).toBeUndefined();
    for (const modulusLength of [1024, 2056]) {
      expect(importPublicKey(generateKeyPairSync('rsa', { modulusLength }).publicKey.export(spki))).toBeUndefined();
    }
    const exponent3 = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).publicKey.export(spki);
    expect(importPublicKey(exponent3)).toBeUndefined();
    expect(
      importPublicKey(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey.export(spki)),
    ).toBeUndefined();
    const even = Buffer.from(good);
    const lastOfModulus = even.length - 6; // 02 03 01 00 01 follow
    even[lastOfModulus] = (even[lastOfModulus] ?? 0) & 0xfe;
    expect(importPublicKey(even)).toBeUndefined();
  });
});

describe('importing a public key', () => {
  it('is total: any bytes, and any damaged key, give a key or undefined', () => {
    const good = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export(spki);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => expect(importPublicKey(bytes)).toBeUndefined()),
    );
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = Uint8Array.from(good);
        changed[at] = (changed[at] ?? 0) ^ mask;
        expect(importPublicKey(changed)).toBeUndefined(); // the prefix is fixed, and no changed point lies on the curve
      }),
    );
  });
});
