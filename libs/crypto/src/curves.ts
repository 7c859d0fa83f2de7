import type { KeyObject } from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { KeyPairSpec } from './algorithms.js';

export type EcCurve = 'P-256' | 'P-384' | 'P-521' | 'secp256k1';

export interface CurveFacts {
  readonly spec: KeyPairSpec;
  /** node:crypto's name, as `asymmetricKeyDetails.namedCurve` gives it. */
  readonly nodeName: string;
  /** Bytes of a coordinate and of a scalar. */
  readonly length: number;
  /** DER of SubjectPublicKeyInfo with the curve's OID, up to the uncompressed point (RFC 5480 section 2). */
  readonly spkiPrefix: string;
  readonly noble: typeof p256;
  /** Native calls above 0.1–0.2 ms go to libuv's pool; only P-256 (25 µs, 57 µs) stays inline. */
  readonly inline: boolean;
}

export const CURVES: Readonly<Record<EcCurve, CurveFacts>> = {
  'P-256': {
    spec: 'ECC_NIST_P256',
    nodeName: 'prime256v1',
    length: 32,
    spkiPrefix: '3059301306072a8648ce3d020106082a8648ce3d030107034200',
    noble: p256,
    inline: true,
  },
  'P-384': {
    spec: 'ECC_NIST_P384',
    nodeName: 'secp384r1',
    length: 48,
    spkiPrefix: '3076301006072a8648ce3d020106052b81040022036200',
    noble: p384,
    inline: false,
  },
  'P-521': {
    spec: 'ECC_NIST_P521',
    nodeName: 'secp521r1',
    length: 66,
    spkiPrefix: '30819b301006072a8648ce3d020106052b8104002303818600',
    noble: p521,
    inline: false,
  },
  secp256k1: {
    spec: 'ECC_SECG_P256K1',
    nodeName: 'secp256k1',
    length: 32,
    spkiPrefix: '3056301006072a8648ce3d020106052b8104000a034200',
    noble: secp256k1,
    inline: false,
  },
};

const BY_NODE_NAME = new Map<string, EcCurve>(
  (['P-256', 'P-384', 'P-521', 'secp256k1'] as const).map((curve) => [CURVES[curve].nodeName, curve]),
);

/** The curve of an EC key; `undefined` for other keys and curves. */
export function curveOf(key: KeyObject): EcCurve | undefined {
  const name = key.asymmetricKeyType === 'ec' ? key.asymmetricKeyDetails?.namedCurve : undefined;
  return name === undefined ? undefined : BY_NODE_NAME.get(name);
}
