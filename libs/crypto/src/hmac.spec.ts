import { createHmac, createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import type { MacAlgorithm } from './algorithms.js';
import { HmacSha256 } from './hmac-sha256.js';
import { generateMac, macLength, verifyMac } from './hmac.js';
import { SecretBytes } from './secret-bytes.js';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

// RFC 4231 test case 2: key "Jefe", message "what do ya want for nothing?".
const RFC_4231: readonly (readonly [MacAlgorithm, number, string])[] = [
  ['HMAC_SHA_224', 28, 'a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44'],
  ['HMAC_SHA_256', 32, '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
  [
    'HMAC_SHA_384',
    48,
    'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
  ],
  [
    'HMAC_SHA_512',
    64,
    '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
  ],
];

describe.each(RFC_4231)('%s (R-39)', (algorithm, length, expected) => {
  const key = createSecretKey('Jefe', 'ascii');
  const message = Buffer.from('what do ya want for nothing?');

  it('equals RFC 4231', () => {
    expect(macLength(algorithm)).toBe(length);
    expect(hex(expected).equals(generateMac(key, algorithm, message))).toBe(true);
  });

  it('verifies the whole MAC only, and not once a bit is changed', () => {
    const mac = hex(expected);
    expect(verifyMac(key, algorithm, message, mac)).toBe(true);
    for (let bit = 0; bit < 8 * mac.length; bit++) {
      const changed = Uint8Array.from(mac);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verifyMac(key, algorithm, message, changed)).toBe(false);
    }
    for (const wrong of [
      mac.subarray(0, -1),
      mac.subarray(0, 16),
      new Uint8Array(0),
      Buffer.concat([mac, Buffer.alloc(1)]),
    ]) {
      expect(verifyMac(key, algorithm, message, wrong)).toBe(false);
    }
  });

  it('needs a secret key', () => {
    expect(() => generateMac(generateKeyPairSync('ed25519').privateKey, algorithm, message)).toThrow(TypeError);
  });
});

describe('HmacSha256', () => {
  it('equals the native HMAC for keys and parts of any length, whatever it computed before', () => {
    const shared = new HmacSha256(new Uint8Array(32).fill(9));
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 150 }),
        fc.array(fc.uint8Array({ maxLength: 900 }), { maxLength: 4 }),
        (key, parts) => {
          const message = Buffer.concat(parts);
          const native = (k: Uint8Array): Buffer => createHmac('sha256', k).update(message).digest();
          expect(native(key).equals(new HmacSha256(key).mac(...parts))).toBe(true);
          expect(native(new Uint8Array(32).fill(9)).equals(shared.mac(...parts))).toBe(true);
        },
      ),
    );
  });

  it('keeps its key when a long message makes its scratch buffer grow', () => {
    const key = randomBytes(32);
    const mac = new HmacSha256(key);
    for (const length of [10, 960, 961, 5000, 10, 300_000]) {
      const message = randomBytes(length);
      expect(createHmac('sha256', key).update(message).digest().equals(mac.mac(message))).toBe(true);
    }
  });

  it('takes its key from SecretBytes, a KeyObject or bytes, and copies it', () => {
    const bytes = randomBytes(32);
    const secret = SecretBytes.copyOf(bytes);
    const expected = createHmac('sha256', bytes).update('é').digest('hex');
    const macs = [new HmacSha256(secret), new HmacSha256(createSecretKey(bytes)), new HmacSha256(bytes)];
    secret.wipe();
    bytes.fill(0);
    for (const mac of macs) expect(mac.macHex('é')).toBe(expected);
  });

  it('refuses every use after it was wiped, and never shows its key', () => {
    const mac = new HmacSha256(new Uint8Array(32));
    expect(JSON.stringify(mac)).toBe('"[hmac key]"');
    mac.wipe();
    expect(() => mac.mac(new Uint8Array(1))).toThrow(/wiped/);
    expect(() => new HmacSha256(generateKeyPairSync('ed25519').privateKey)).toThrow(TypeError);
  });
});
