import { SecretBytes } from '@claviger/crypto';
import { refusal } from './refusals.js';

/** Longest secret: 1024 bytes of passphrase; a share is much shorter. */
const MOST_CHARACTERS = 1024;

type Members = Readonly<Record<string, unknown>>;

/**
 * A small JSON object with these members and no others. `body` is wiped: what was secret in it lives on in the members alone.
 * @throws Refused; never quotes what was sent
 */
export function membersOf(body: unknown, names: readonly string[]): Members {
  if (!(body instanceof Uint8Array)) throw refusal('Validation', `The body must be a JSON object: ${wanted(names)}.`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'));
  } catch {
    value = undefined;
  } finally {
    body.fill(0);
  }
  const members = isMembers(value) ? value : undefined;
  const given = Object.keys(members ?? {});
  if (members === undefined || given.length !== names.length || !names.every((name) => given.includes(name))) {
    throw refusal('Validation', `The body must be a JSON object: ${wanted(names)}.`);
  }
  return members;
}

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws Refused */
export function secretOf(members: Members, name: string): SecretBytes {
  const text = members[name];
  if (typeof text !== 'string' || text === '' || text.length > MOST_CHARACTERS) {
    throw refusal('Validation', `${name} must be a text of 1 to ${MOST_CHARACTERS} characters.`, { argument: name });
  }
  return SecretBytes.take(new TextEncoder().encode(text));
}

/** @throws Refused */
export function numberOf(members: Members, name: string): number {
  const value = members[name];
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw refusal('Validation', `${name} must be a whole number.`, { argument: name });
  }
  return value;
}

const wanted = (names: readonly string[]): string => `{${names.map((name) => `"${name}": …`).join(', ')}}`;
