import {
  type CreateKey,
  type KeyContext,
  type KeyCreated,
  type KeyEvent,
  type KeySpec,
  type MadeMaterial,
  ROTATION_OFF,
  SPEC_FACTS,
} from '@claviger/domain';
import { GIVEN_AT } from './given.js';

/** A key as tests know it: one id, one account, everything off. */
export const SAMPLE_KEY_ID = '0b6f1f8e-3a52-4c0f-9d2e-6d1a5c7b8e90';
export const SAMPLE_ACCOUNT = '000000000000';
export const SAMPLE_REGION = 'us-east-1';
export const SAMPLE_KEY_ARN = `arn:aws:kms:${SAMPLE_REGION}:${SAMPLE_ACCOUNT}:key/${SAMPLE_KEY_ID}`;

export const createKeyCommand = (changes: Partial<CreateKey> = {}): CreateKey => ({
  type: 'CreateKey',
  keyId: SAMPLE_KEY_ID,
  account: SAMPLE_ACCOUNT,
  region: SAMPLE_REGION,
  usage: 'ENCRYPT_DECRYPT',
  spec: 'SYMMETRIC_DEFAULT',
  environment: 'dev',
  dataClass: 'internal',
  protectionLevel: 'SOFTWARE',
  owner: null,
  uses: [],
  description: '',
  tags: [],
  taggedAttributes: [],
  policy: '{"Version":"2012-10-17","Statement":[]}',
  rotationPolicy: ROTATION_OFF,
  rollbackWindow: 'P7D',
  retirement: { enabled: false, idleFor: 'PT24H' },
  purgeProtection: false,
  ...changes,
});

/** Public part of material that no HSM has made: looks right, fits the version, opens nothing. */
export function sampleMaterial(version: number, spec: KeySpec = 'SYMMETRIC_DEFAULT'): MadeMaterial {
  const { family } = SPEC_FACTS[spec];
  const digits = version.toString(16).padStart(12, '0');
  return {
    version,
    reference: `00000000-0000-8000-8000-${digits}`,
    spec,
    publicKey: family === 'rsa' || family === 'ecc' ? 'MAA=' : null,
    fingerprint: digits.padStart(64, 'f'),
    token: null,
  };
}

/** What an event says of {@link sampleMaterial}. */
export function storedMaterial(version: number, spec: KeySpec = 'SYMMETRIC_DEFAULT'): Omit<MadeMaterial, 'version'> {
  const { version: _, ...stored } = sampleMaterial(version, spec);
  return stored;
}

export function keyCreated(changes: Partial<KeyCreated['data']> = {}): KeyCreated {
  const { type: _, protectionLevel: __, ...data } = createKeyCommand();
  const spec = changes.spec ?? data.spec;
  return { type: 'KeyCreated', data: { ...data, origin: 'AWS_KMS', material: storedMaterial(1, spec), ...changes } };
}

/** A rotation as it is appended: `version` from `from`, both events. */
export const rotated = (version: number, from: number): readonly KeyEvent[] => [
  {
    type: 'VersionRotated',
    data: { version, from, trigger: 'on_demand', period: null, material: storedMaterial(version) },
  },
  { type: 'PendingRetirement', data: { version: from } },
];

/** Context of a decision `after` the events of a `given`, in milliseconds. */
export const later = (after: number, rest: Partial<KeyContext> = {}): KeyContext => ({
  now: GIVEN_AT + after,
  versionMark: 0,
  ...rest,
});

export const SECOND = 1000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;
