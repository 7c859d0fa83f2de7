import { ARGON2ID_SALT_LENGTH, isArgon2idCost } from './argon2id.js';

/** How the unlock key comes from a passphrase. */
export type PassphraseUnlock = {
  readonly kind: 'passphrase';
  readonly kdf: 'argon2id';
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  /** 16 bytes in base64. */
  readonly salt: string;
};

/** How the unlock key comes from shares (Shamir over GF(2^8), byte by byte). */
export type SharesUnlock = {
  readonly kind: 'shares';
  /** Names this set of shares: 8 characters of Crockford's base32. */
  readonly set: string;
  /** Shares that are needed. */
  readonly threshold: number;
  /** One for each share in the order of its index, 32 bytes in base64. Their number is that of the shares. */
  readonly commitments: readonly string[];
};

/** How the unlock key comes from an AES key that never leaves a PKCS #11 token. */
export type TokenUnlock = {
  readonly kind: 'pkcs11';
  /** Label of the token: for people, who have to find it. */
  readonly token: string;
  /** Names the key on the token. */
  readonly reference: string;
  /** The unlock key under it: AES-GCM, IV (12 bytes) ‖ ciphertext ‖ tag (16), in base64. */
  readonly wrapped: string;
};

export type SealUnlock = PassphraseUnlock | SharesUnlock | TokenUnlock;

/** All of a seal file but its ring. Nothing in it is secret; all of it is authenticated. */
export type SealFileHeader = {
  readonly format: 'claviger-seal';
  readonly version: 1;
  /** Id of the present root key. */
  readonly root: string;
  /** A change of the root key that is under way: id of the former one, and since when (milliseconds since 1970). */
  readonly rotation: null | { readonly from: string; readonly startedAt: number };
  readonly unlock: SealUnlock;
};

/** Crockford's base32: no letter that is taken for a digit. */
export const SHARE_SET_PATTERN = /^[0-9abcdefghjkmnpqrstvwxyz]{8}$/;

export const MOST_SHARES = 255;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** IV, key and tag. */
const WRAPPED_UNLOCK_KEY = 12 + 32 + 16;

type Members = { readonly [member: string]: unknown };

/** The header, or in a few words what is found instead. */
export function parseSealFileHeader(value: Members): SealFileHeader | string {
  const { format, version, root, rotation, unlock, ...others } = value;
  if (format !== 'claviger-seal') return 'another format';
  if (version !== 1) return `version ${JSON.stringify(version)}`;
  if (Object.keys(others).length > 0) return 'further members';
  if (!isId(root)) return 'no root key id';
  const change = rotation === null ? null : rotationOf(rotation);
  if (change === undefined) return 'an unreadable rotation';
  const way = isMembers(unlock) ? unlockOf(unlock) : undefined;
  if (way === undefined) return 'an unreadable way to unlock it';
  return { format, version, root, rotation: change, unlock: way };
}

function rotationOf(value: unknown): { from: string; startedAt: number } | undefined {
  if (!isMembers(value)) return undefined;
  const { from, startedAt, ...others } = value;
  if (!isId(from) || !isWhole(startedAt, 0, Number.MAX_SAFE_INTEGER)) return undefined;
  return Object.keys(others).length === 0 ? { from, startedAt } : undefined;
}

function unlockOf(value: Members): SealUnlock | undefined {
  switch (value['kind']) {
    case 'passphrase':
      return passphraseOf(value);
    case 'shares':
      return sharesOf(value);
    case 'pkcs11':
      return tokenOf(value);
    default:
      return undefined;
  }
}

function passphraseOf(value: Members): PassphraseUnlock | undefined {
  const { kind, kdf, memory, passes, parallelism, salt, ...others } = value;
  if (kind !== 'passphrase' || kdf !== 'argon2id' || Object.keys(others).length > 0) return undefined;
  if (typeof memory !== 'number' || typeof passes !== 'number' || typeof parallelism !== 'number') return undefined;
  if (!isArgon2idCost({ memory, passes, parallelism }) || !isBase64(salt, ARGON2ID_SALT_LENGTH)) return undefined;
  return { kind, kdf, memory, passes, parallelism, salt };
}

function sharesOf(value: Members): SharesUnlock | undefined {
  const { kind, set, threshold, commitments, ...others } = value;
  if (kind !== 'shares' || Object.keys(others).length > 0) return undefined;
  if (typeof set !== 'string' || !SHARE_SET_PATTERN.test(set) || !Array.isArray(commitments)) return undefined;
  if (!isWhole(commitments.length, 2, MOST_SHARES) || !isWhole(threshold, 2, commitments.length)) return undefined;
  const texts = commitments.filter((commitment): commitment is string => isBase64(commitment, 32));
  return texts.length === commitments.length ? { kind, set, threshold, commitments: texts } : undefined;
}

function tokenOf(value: Members): TokenUnlock | undefined {
  const { kind, token, reference, wrapped, ...others } = value;
  if (kind !== 'pkcs11' || Object.keys(others).length > 0) return undefined;
  if (typeof token !== 'string' || !/^[\x20-\x7e]{1,32}$/.test(token)) return undefined;
  if (typeof reference !== 'string' || !UUID.test(reference) || !isBase64(wrapped, WRAPPED_UNLOCK_KEY))
    return undefined;
  return { kind, token, reference, wrapped };
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{16}$/.test(value);
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most;
}

function isBase64(value: unknown, length: number): value is string {
  if (typeof value !== 'string') return false;
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === length && bytes.toString('base64') === value;
}
