import type { Clock } from '@claviger/platform';
import type { Hsm } from '@claviger/ports';
import type { KeyState, ListedMaterial, MaterialPlace } from '@claviger/projections';
import type { Finding } from './finding.js';

const PAGE = 1_000;
/** Between making material and appending its event lies a moment; what still has no event after it has none. */
const SETTLE_MS = 2_000;

export interface MaterialCheckParts {
  readonly hsm: Hsm;
  readonly keyState: KeyState;
  readonly clock: Clock;
}

export interface MaterialCheck {
  readonly versions: number;
  readonly held: number;
  readonly findings: readonly Finding[];
}

/**
 * Compares what the HSM holds with what the events speak of. Material without an event is reported, never removed: after an old log was
 * restored, live material looks just like that.
 */
export async function checkMaterial(parts: MaterialCheckParts): Promise<MaterialCheck> {
  // Versions, then the device, then versions again: a key that is made or destroyed meanwhile is on one of both lists of versions.
  const before = await versionsOf(parts);
  const held = await heldBy(parts.hsm);
  let after = await versionsOf(parts);
  if ([...held].some((reference) => !after.has(reference))) {
    await new Promise<void>((resolve) => void parts.clock.after(SETTLE_MS, resolve));
    after = await versionsOf(parts);
  }
  const findings: Finding[] = [];
  for (const reference of held) {
    const version = after.get(reference);
    if (version === undefined) findings.push(orphan(reference));
    else if (version.destroyed && before.get(reference)?.destroyed === true) findings.push(leftOver(version));
  }
  for (const [reference, version] of before) {
    const now = after.get(reference) ?? version;
    if (!version.destroyed && !now.destroyed && !held.has(reference)) findings.push(missing(version));
  }
  return { versions: after.size, held: held.size, findings };
}

async function versionsOf({ keyState }: MaterialCheckParts): Promise<ReadonlyMap<string, ListedMaterial>> {
  await keyState.toHead();
  const found = new Map<string, ListedMaterial>();
  let after: MaterialPlace | undefined;
  do {
    const { items, next } = keyState.listMaterial(after, PAGE);
    for (const item of items) found.set(item.reference, item);
    after = next;
    // Reading rows blocks; calls in between must not wait for all of them.
    await new Promise((resolve) => setImmediate(resolve));
  } while (after !== undefined);
  return found;
}

async function heldBy(hsm: Hsm): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let after = ''; ; ) {
    const page = await hsm.list(after, PAGE);
    for (const reference of page) found.add(reference);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return found;
    after = last;
  }
}

const orphan = (reference: string): Finding => ({
  severity: 'warning',
  check: 'material',
  subject: reference,
  message: 'The HSM holds material of which no event speaks.',
  advice:
    'Harmless if a creation or rotation was interrupted. After an old event log was restored it may be a live version: restore the newer log. It is never removed on its own.',
});

const missing = ({ reference, keyId, version }: ListedMaterial): Finding => ({
  severity: 'problem',
  check: 'material',
  subject: `${keyId} version ${version}`,
  message: `The HSM holds no material for this version (reference ${reference}): calls that need it answer Unavailable.`,
  advice: 'Restore the sealed store from a backup that is as new as the event log.',
});

const leftOver = ({ reference, keyId, version }: ListedMaterial): Finding => ({
  severity: 'problem',
  check: 'material',
  subject: `${keyId} version ${version}`,
  message: `The material of this destroyed version is still there (reference ${reference}).`,
  advice:
    'A backup of the sealed store was restored after the destruction. Restart: the destruction register is applied again.',
});
