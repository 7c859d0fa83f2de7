import { type KeyObject } from 'node:crypto';
import type { Material } from '@claviger/ports';
import { CKA, CKO, CKR } from './ck.js';
import { codeOf, type Handle } from './cryptoki.js';
import { describesSame, idOf, type Label, labelOf, parseLabel } from './description.js';
import { Absent, isStaleHandle, NotSeen } from './failure.js';
import { fingerprintOfPublic, fingerprintOfSecret } from './fingerprint.js';
import { publicKeyOf, spkiOf } from './public-key.js';
import type { TokenSession } from './session.js';
import { checkAlgorithmOf } from './spec-forms.js';

/** One object under a CKA_ID of ours. A key pair is two, with the same label. */
export interface KeptObject {
  readonly handle: Handle;
  /** Secret or private key; otherwise the public half. */
  readonly isKey: boolean;
  readonly text: string;
  readonly label: Label;
}

/** What the token keeps under this reference. Empty also when the token has gone: see `TokenSession.requireAlive`. */
export function keptUnder(session: TokenSession, reference: string): KeptObject[] {
  const handles = session.find([
    { type: CKA.TOKEN, value: true },
    { type: CKA.ID, value: idOf(reference) },
  ]);
  return handles.map((handle) => kept(session, handle)).filter((object) => object !== undefined);
}

function kept(session: TokenSession, handle: Handle): KeptObject | undefined {
  try {
    const [objectClass = Buffer.alloc(0), label = Buffer.alloc(0)] = session.read(handle, [CKA.CLASS, CKA.LABEL]);
    const text = label.toString('utf8');
    return { handle, isKey: objectClass[0] !== CKO.PUBLIC_KEY, text, label: parseLabel(text) };
  } catch (error) {
    if (isStaleHandle(error)) return undefined; // destroyed by somebody since it was found
    throw error;
  }
}

/**
 * The same, when it stood still for a moment: read twice, until both readings agree. Labels only ever go from candidate to settled, so
 * that two equal readings mean that all of it was so at one moment between them. What follows from it needs that, see `generate.ts`.
 */
export function keptAtOneMoment(session: TokenSession, reference: string): KeptObject[] {
  for (let before = keptUnder(session, reference); ; ) {
    const after = keptUnder(session, reference);
    if (sameObjects(before, after)) return after;
    before = after;
  }
}

function sameObjects(a: readonly KeptObject[], b: readonly KeptObject[]): boolean {
  const line = ({ handle, text }: KeptObject): string => `${handle.toString('hex')} ${text}`;
  return a.map(line).sort().join('\n') === b.map(line).sort().join('\n');
}

/** A key on the token that was found to be what it is taken for. */
export interface Verified {
  readonly material: Material;
  readonly key: Handle;
  readonly publicKey: KeyObject | undefined;
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Buffer | undefined;
  readonly fingerprint: Buffer;
}

/**
 * Checks that this object is the material: it cannot leave the token and never could, its halves belong together, and its label is that
 * of this description and of this very key.
 *
 * @throws Absent when not
 */
export function verify(
  session: TokenSession,
  material: Material,
  key: KeptObject,
  all: readonly KeptObject[],
): Verified {
  // First what costs nothing, since a key of another type would only make the module stumble.
  if (key.label.kind !== 'settled' || !describesSame(key.label.claims, material)) {
    throw new Absent('the object on the token is other material');
  }
  requireGuarded(session, key.handle);
  const half = all.find((other) => !other.isKey && other.text === key.text);
  const publicKey =
    half === undefined
      ? undefined
      : publicKeyOf(session, material.spec, material.usage, { key: key.handle, publicKey: half.handle });
  if (half === undefined && checkAlgorithmOf(material.spec) !== undefined)
    throw new NotSeen('its public half is not there');
  const spki = publicKey === undefined ? undefined : spkiOf(publicKey);
  const fingerprint =
    spki === undefined ? fingerprintOfSecret(session, material.spec, key.handle) : fingerprintOfPublic(spki);
  if (labelOf(material, fingerprint) !== key.text) throw new Absent('the object on the token is not this material');
  return { material, key: key.handle, publicKey, spki, fingerprint };
}

/** Is this object what its own label claims, and is that something else than `material`? Then it belongs elsewhere. */
export function belongsElsewhere(
  session: TokenSession,
  material: Material,
  key: KeptObject,
  all: readonly KeptObject[],
): boolean {
  if (key.label.kind !== 'settled' || describesSame(key.label.claims, material)) return false;
  try {
    verify(session, { reference: material.reference, ...key.label.claims }, key, all);
    return true;
  } catch (error) {
    // A label that claims a key of another type or usage; a type or usage that does not exist.
    const isFalse = error instanceof Absent || error instanceof RangeError || error instanceof TypeError;
    if (isFalse || CLAIM_IS_FALSE.has(codeOf(error) ?? -1)) return false;
    throw error;
  }
}

const CLAIM_IS_FALSE: ReadonlySet<number> = new Set([
  CKR.ATTRIBUTE_TYPE_INVALID,
  CKR.KEY_TYPE_INCONSISTENT,
  CKR.KEY_FUNCTION_NOT_PERMITTED,
]);

/** NEVER_EXTRACTABLE and ALWAYS_SENSITIVE tell a key that was made on the token from one that was brought there. */
function requireGuarded(session: TokenSession, key: Handle): void {
  const [sensitive, extractable, always, never] = session.read(key, [
    CKA.SENSITIVE,
    CKA.EXTRACTABLE,
    CKA.ALWAYS_SENSITIVE,
    CKA.NEVER_EXTRACTABLE,
  ]);
  const isTrue = (value: Buffer | undefined): boolean => value?.[0] === 1;
  if (!isTrue(sensitive) || extractable?.[0] !== 0 || !isTrue(always) || !isTrue(never)) {
    throw new Absent('the key on the token could leave it, or once could');
  }
}
