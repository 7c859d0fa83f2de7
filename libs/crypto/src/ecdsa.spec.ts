import { generateKeyPairSync, hash, randomBytes, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { hashOf, type EcdsaAlgorithm } from './algorithms.js';
import { CURVES, type EcCurve } from './curves.js';
import { fromDer, fromP1363, toDer, toP1363 } from './ecdsa-encoding.js';
import { signEcdsa, verifyEcdsa } from './ecdsa.js';

const message = Buffer.from('the message');
const CASES: readonly (readonly [EcCurve, EcdsaAlgorithm])[] = [
  ['P-256', 'ECDSA_SHA_256'],
  ['P-384', 'ECDSA_SHA_384'],
  ['P-521', 'ECDSA_SHA_512'],
  ['secp256k1', 'ECDSA_SHA_256'],
];

describe.each(CASES)('ECDSA on %s (R-37, R-40)', (name, algorithm) => {
  const curve = CURVES[name];
  const hashName = hashOf(algorithm);
  const digest = hash(hashName, message, 'buffer');
  const pair = generateKeyPairSync('ec', { namedCurve: curve.nodeName });
  const point = pair.publicKey.export({ format: 'raw-public' });

  it.each(['RAW', 'DIGEST'] as const)('signs a %s message as OpenSSL and @noble/curves verify it', async (type) => {
    const input = type === 'RAW' ? message : digest;
    for (const form of ['der', 'p1363'] as const) {
      const signature = await signEcdsa(pair.privateKey, algorithm, type, input, randomBytes, form);
      const dsaEncoding = form === 'der' ? 'der' : 'ieee-p1363';
      expect(verify(hashName, message, { key: pair.publicKey, dsaEncoding }, signature)).toBe(true);
      const format = form === 'der' ? 'der' : 'compact';
      expect(curve.noble.verify(signature, digest, point, { prehash: false, lowS: false, format })).toBe(true);
      expect(await verifyEcdsa(pair.publicKey, algorithm, 'RAW', message, signature, { form })).toBe(true);
      expect(await verifyEcdsa(pair.publicKey, algorithm, 'DIGEST', digest, signature, { form })).toBe(true);
    }
  });

  it('verifies what OpenSSL signed, and nothing of another message, digest or key', async () => {
    const signature = sign(hashName, message, pair.privateKey);
    const stranger = generateKeyPairSync('ec', { namedCurve: curve.nodeName });
    expect(await verifyEcdsa(pair.publicKey, algorithm, 'RAW', message, signature)).toBe(true);
    expect(await verifyEcdsa(pair.publicKey, algorithm, 'DIGEST', digest, signature)).toBe(true);
    expect(await verifyEcdsa(pair.publicKey, algorithm, 'RAW', Buffer.from('another'), signature)).toBe(false);
    expect(await verifyEcdsa(pair.publicKey, algorithm, 'DIGEST', Uint8Array.from(digest).reverse(), signature)).toBe(
      false,
    );
    expect(await verifyEcdsa(stranger.publicKey, algorithm, 'RAW', message, signature)).toBe(false);
    expect(await verifyEcdsa(stranger.publicKey, algorithm, 'DIGEST', digest, signature)).toBe(false);
  });

  it('is false for malformed signatures, for both message types and forms', async () => {
    const n = curve.noble.Point.Fn.ORDER;
    const rs = fromDer(sign(hashName, message, pair.privateKey));
    if (rs === undefined) throw new Error('OpenSSL made no DER');
    const der = toDer(rs);
    const malformed = [
      new Uint8Array(0),
      der.subarray(0, -1),
      Buffer.concat([der, Buffer.alloc(1)]),
      toDer({ r: 0n, s: rs.s }),
      toDer({ r: rs.r, s: 0n }),
      toDer({ r: rs.r, s: n }),
      toDer({ r: rs.r, s: rs.s + n }),
      toDer({ r: rs.r + n, s: rs.s }),
    ];
    for (const signature of malformed) {
      expect(await verifyEcdsa(pair.publicKey, algorithm, 'RAW', message, signature)).toBe(false);
      expect(await verifyEcdsa(pair.publicKey, algorithm, 'DIGEST', digest, signature)).toBe(false);
    }
    const fixed = toP1363(rs, curve.length);
    for (const signature of [fixed.subarray(1), Buffer.concat([Buffer.alloc(2), fixed]), der]) {
      expect(await verifyEcdsa(pair.publicKey, algorithm, 'RAW', message, signature, { form: 'p1363' })).toBe(false);
    }
  });

  it('accepts s in the upper half unless the lower one is required', async () => {
    const n = curve.noble.Point.Fn.ORDER;
    const rs = fromP1363(sign(hashName, message, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }));
    const low = toDer({ r: rs.r, s: rs.s > n / 2n ? n - rs.s : rs.s });
    const high = toDer({ r: rs.r, s: rs.s > n / 2n ? rs.s : n - rs.s });
    for (const [type, input] of [
      ['RAW', message],
      ['DIGEST', digest],
    ] as const) {
      expect(await verifyEcdsa(pair.publicKey, algorithm, type, input, high)).toBe(true);
      expect(await verifyEcdsa(pair.publicKey, algorithm, type, input, high, { requireLowS: true })).toBe(false);
      expect(await verifyEcdsa(pair.publicKey, algorithm, type, input, low, { requireLowS: true })).toBe(true);
    }
  });

  it('refuses a digest of another length', async () => {
    await expect(signEcdsa(pair.privateKey, algorithm, 'DIGEST', digest.subarray(1), randomBytes)).rejects.toThrow(
      TypeError,
    );
    const signature = sign(hashName, message, pair.privateKey);
    expect(await verifyEcdsa(pair.publicKey, algorithm, 'DIGEST', digest.subarray(1), signature)).toBe(false);
  });
});

describe('ECDSA', () => {
  it('on secp256k1 always signs with s in the lower half (R-38)', async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    const half = CURVES.secp256k1.noble.Point.Fn.ORDER / 2n;
    for (let i = 0; i < 24; i++) {
      const text = Buffer.from(`message ${i}`);
      const raw = fromDer(await signEcdsa(pair.privateKey, 'ECDSA_SHA_256', 'RAW', text, randomBytes));
      const digest = hash('sha256', text, 'buffer');
      const hashed = fromDer(await signEcdsa(pair.privateKey, 'ECDSA_SHA_256', 'DIGEST', digest, randomBytes));
      expect(raw !== undefined && raw.s <= half).toBe(true);
      expect(hashed !== undefined && hashed.s <= half).toBe(true);
    }
  });

  it('over a digest takes its hedge from the random source that it is given', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const digest = hash('sha256', message, 'buffer');
    const signed = async (fill: number): Promise<string> =>
      Buffer.from(
        await signEcdsa(privateKey, 'ECDSA_SHA_256', 'DIGEST', digest, (length) => new Uint8Array(length).fill(fill)),
      ).toString('hex');
    expect(await signed(1)).toBe(await signed(1));
    expect(await signed(1)).not.toBe(await signed(2));
  });

  it('needs a key on one of the four curves', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'brainpoolP256r1' });
    const edwards = generateKeyPairSync('ed25519');
    for (const { privateKey, publicKey } of [other, edwards]) {
      await expect(signEcdsa(privateKey, 'ECDSA_SHA_256', 'RAW', message, randomBytes)).rejects.toThrow(TypeError);
      await expect(verifyEcdsa(publicKey, 'ECDSA_SHA_256', 'RAW', message, new Uint8Array(70))).rejects.toThrow(
        TypeError,
      );
    }
  });
});

describe('DER of ECDSA signatures', () => {
  it('is read back as written, up to the size of P-521', () => {
    const integer = fc.bigInt({ min: 0n, max: 2n ** 521n - 1n });
    fc.assert(fc.property(integer, integer, (r, s) => expect(fromDer(toDer({ r, s }))).toEqual({ r, s })));
  });

  it('has exactly one reading: whatever is read is what would be written', () => {
    const near = fc
      .tuple(fc.bigInt({ min: 0n, max: 2n ** 80n }), fc.nat(), fc.integer({ min: 0, max: 255 }))
      .map(([r, at, value]) => {
        const bytes = Uint8Array.from(toDer({ r, s: r >> 7n }));
        bytes[at % bytes.length] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(near, fc.uint8Array({ maxLength: 20 })), (bytes) => {
        const rs = fromDer(bytes);
        if (rs !== undefined) expect(Buffer.compare(toDer(rs), bytes)).toBe(0);
      }),
      { numRuns: 3000 },
    );
  });
});
