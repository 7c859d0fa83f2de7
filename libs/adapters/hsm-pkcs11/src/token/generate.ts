import type { Material } from '@claviger/ports';
import type { Handle } from './cryptoki.js';
import { candidateLabelOf, idOf, labelOf, tombstoneLabelOf } from './description.js';
import { Absent, isStaleHandle, NotSeen } from './failure.js';
import { fingerprintOfPublic, fingerprintOfSecret } from './fingerprint.js';
import { type KeptObject, keptAtOneMoment, keptUnder, verify, type Verified } from './objects.js';
import { publicKeyOf, spkiOf } from './public-key.js';
import type { TokenSession } from './session.js';
import { type MadeObjects, makeKey } from './templates.js';

// Several processes may make material under one reference at once, and a token has no "create if absent". They agree as in "safe
// agreement" (Borowsky and Gafni 1993; labels are the registers):
//
// 1. Make a key as a candidate.
// 2. Look. Is a key settled already, take the own candidate away; otherwise settle it.
// 3. Once no candidate is left, the settled key with the smallest label is the one, for everybody. No other can come: whoever begins
//    later sees a settled key in step 2.
//
// A process that dies between 1 and 2 leaves a candidate for which the others wait; the caller decides for how long.

export type Generation =
  | { readonly kind: 'made'; readonly made: Verified }
  /** Step 1 is done; come back at once, but look at the token anew first. */
  | { readonly kind: 'proposed' }
  /** Somebody is between steps 1 and 2; come back soon. */
  | { readonly kind: 'waits'; readonly candidates: readonly string[] };

export interface GenerateRequest {
  readonly material: Material;
  readonly wrapping: boolean;
  /** 32 hexadecimal digits that nobody else has: the caller's candidate. */
  readonly nonce: string;
  /** Candidates whose makers have died. */
  readonly abandoned: readonly string[];
}

/** One step further. @throws Absent when the reference was destroyed, or belongs to other material; Lost */
export function generate(session: TokenSession, request: GenerateRequest): Generation {
  const { material, nonce } = request;
  requireNotDestroyedOrErase(session, material.reference);
  const before = keptAtOneMoment(session, material.reference);
  if (before.length === 0) {
    const { spec, usage, reference } = material;
    const kept = { id: idOf(reference), label: candidateLabelOf(nonce) };
    makeKey(session, { spec, usage, kept, wrapping: request.wrapping });
    return { kind: 'proposed' };
  }
  try {
    settleOrWithdraw(session, material, before, nonce);
    return conclude(session, request);
  } catch (error) {
    // Somebody took an object away: its maker was thought dead, or the material is being destroyed.
    if (isStaleHandle(error) || error instanceof NotSeen) return { kind: 'waits', candidates: [] };
    throw error;
  }
}

/** Step 2, for the caller's candidate if there is one. */
function settleOrWithdraw(
  session: TokenSession,
  material: Material,
  objects: readonly KeptObject[],
  nonce: string,
): void {
  const mine = objects.filter(({ label }) => label.kind === 'candidate' && label.nonce === nonce);
  const key = mine.find(({ isKey }) => isKey)?.handle;
  // Without its key: making the pair failed half-way.
  if (key === undefined || smallest(objects) !== undefined) {
    for (const { handle } of mine) remove(session, handle);
    return;
  }
  const publicKey = mine.find(({ isKey }) => !isKey)?.handle;
  const settled = labelOf(material, fingerprintOf(session, material, { key, publicKey }));
  // The public half first: a private key that is settled then has its public half beside it.
  if (publicKey !== undefined) session.setLabel(publicKey, settled);
  session.setLabel(key, settled);
}

/** Step 3. */
function conclude(session: TokenSession, { material, abandoned }: GenerateRequest): Generation {
  const objects = keptAtOneMoment(session, material.reference);
  const candidates = nonces(objects);
  if (candidates.length > 0) {
    for (const { label, handle } of objects) {
      if (label.kind === 'candidate' && abandoned.includes(label.nonce)) remove(session, handle);
    }
    return { kind: 'waits', candidates };
  }
  const winner = smallest(objects);
  if (winner === undefined) {
    // A public half whose key was taken away while it was being settled.
    for (const half of objects) remove(session, half.handle);
    return { kind: 'waits', candidates: [] };
  }
  const made = verify(session, material, winner, objects);
  for (const other of objects) {
    if (other.text !== winner.text) remove(session, other.handle);
  }
  // Last: a destruction that began meanwhile may not have seen the new key.
  requireNotDestroyedOrErase(session, material.reference);
  return { kind: 'made', made };
}

function fingerprintOf(session: TokenSession, { spec, usage }: Material, { key, publicKey }: MadeObjects): Buffer {
  if (publicKey === undefined) return fingerprintOfSecret(session, spec, key);
  return fingerprintOfPublic(spkiOf(publicKeyOf(session, spec, usage, { key, publicKey })));
}

/** Every key that is not a candidate counts as settled, also one that is damaged: it is never replaced in silence. */
function smallest(objects: readonly KeptObject[]): KeptObject | undefined {
  return objects
    .filter(({ isKey, label }) => isKey && label.kind !== 'candidate')
    .sort((a, b) => (a.text < b.text ? -1 : 1))[0];
}

/** A public half alone counts too: its key is being made, or was taken away and it was left. */
function nonces(objects: readonly KeptObject[]): string[] {
  return [...new Set(objects.flatMap(({ label }) => (label.kind === 'candidate' ? [label.nonce] : [])))];
}

function remove(session: TokenSession, object: Handle): void {
  try {
    session.destroyObject(object);
  } catch {
    // by somebody else already; what matters is looked at again
  }
}

/** @throws Absent, Lost */
function requireNotDestroyed(session: TokenSession, reference: string): void {
  const destroyed = session.hasData(tombstoneLabelOf(reference));
  if (destroyed) throw new Absent('it was destroyed');
  session.requireAlive();
}

/** What is found beside the mark of a destruction goes as well. */
function requireNotDestroyedOrErase(session: TokenSession, reference: string): void {
  try {
    requireNotDestroyed(session, reference);
  } catch (error) {
    if (error instanceof Absent) for (const { handle } of keptUnder(session, reference)) remove(session, handle);
    throw error;
  }
}

/** The settled key under this reference, if it is the material. @throws Absent, Lost */
export function load(session: TokenSession, material: Material): Verified {
  const objects = keptUnder(session, material.reference);
  const key = smallest(objects);
  requireNotDestroyed(session, material.reference);
  if (key === undefined) throw new NotSeen('it was never made');
  return verify(session, material, key, objects);
}
