import { isSameToken, type TokenName } from '@claviger/domain';
import type { Clock } from '@claviger/platform';
import { type Hsm, HsmUnavailable, isOwnReference } from '@claviger/ports';
import type { KeyState, ListedMaterial, MaterialPlace } from '@claviger/projections';
import type { HsmDevices } from '../hsm-devices.js';
import type { Finding } from './finding.js';

const PAGE = 1_000;
/** Between making material and appending its event lies a moment; what still has no event after it has none. */
const SETTLE_MS = 2_000;

export interface MaterialCheckParts {
  readonly devices: HsmDevices;
  readonly keyState: KeyState;
  readonly clock: Clock;
}

export interface MaterialCheck {
  readonly versions: number;
  readonly held: number;
  readonly findings: readonly Finding[];
}

/** What one device holds. */
interface Held {
  readonly token: TokenName | null;
  readonly references: ReadonlySet<string>;
}

type Versions = ReadonlyMap<string, ListedMaterial>;

/**
 * Compares what each device holds with what the events say it holds. Material without an event is reported, never removed: after an old
 * log was restored, live material looks just like that. A token that does not answer is not compared: nothing is missing from it.
 */
export async function checkMaterial(parts: MaterialCheckParts): Promise<MaterialCheck> {
  // Versions, then the devices, then versions again: a key that is made or destroyed meanwhile is on one of both lists of versions.
  const before = await versionsOf(parts);
  const held = await heldBy(parts.devices);
  let after = await versionsOf(parts);
  if (held.some(({ token, references }) => [...references].some((each) => !isKnown(after, token, each)))) {
    await new Promise<void>((resolve) => void parts.clock.after(SETTLE_MS, resolve));
    after = await versionsOf(parts);
  }
  const findings = held.flatMap((device) => [...beyondEvents(device, before, after), ...lost(device, before, after)]);
  return {
    versions: after.size,
    held: held.reduce((sum, { references }) => sum + references.size, 0),
    findings: [...findings, ...notCompared(held, after)],
  };
}

/** Is this the material of a version, in the device that its event names? */
function isKnown(versions: Versions, token: TokenName | null, reference: string): boolean {
  const version = versions.get(reference);
  return version !== undefined && isSameToken(version.token, token);
}

function beyondEvents({ token, references }: Held, before: Versions, after: Versions): Finding[] {
  return [...references].flatMap((reference) => {
    const version = after.get(reference);
    if (version === undefined || !isKnown(after, token, reference)) return [orphan(reference, token)];
    return version.destroyed && before.get(reference)?.destroyed === true ? [leftOver(version)] : [];
  });
}

function lost({ token, references }: Held, before: Versions, after: Versions): Finding[] {
  return [...before.values()].flatMap((version) => {
    const now = after.get(version.reference) ?? version;
    const gone = !version.destroyed && !now.destroyed && !references.has(version.reference);
    return gone && isSameToken(version.token, token) ? [missing(version)] : [];
  });
}

/** Versions that live in a token which is not among those that were asked: away, or not the one that is configured. */
function notCompared(held: readonly Held[], versions: Versions): Finding[] {
  const counts = new Map<string, { readonly token: TokenName; count: number }>();
  for (const { token, destroyed } of versions.values()) {
    if (token === null || destroyed || held.some((device) => isSameToken(device.token, token))) continue;
    const name = JSON.stringify([token.label, token.serial]);
    const known = counts.get(name) ?? { token, count: 0 };
    counts.set(name, { ...known, count: known.count + 1 });
  }
  return Array.from(counts.values(), ({ token, count }) => ({
    severity: 'problem',
    check: 'material',
    subject: named(token),
    message: `${count} ${count === 1 ? 'version lives' : 'versions live'} in this token, which does not answer: their material was not looked at.`,
    advice: 'Look at the device, and whether CLAVIGER_PKCS11_TOKEN and CLAVIGER_PKCS11_SERIAL name it.',
  }));
}

async function versionsOf({ keyState }: MaterialCheckParts): Promise<Versions> {
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

async function heldBy(devices: HsmDevices): Promise<readonly Held[]> {
  const held: Held[] = [];
  for (const { token, hsm } of devices.places()) {
    try {
      held.push({ token, references: await referencesIn(hsm) });
    } catch (error) {
      if (token === null || !(error instanceof HsmUnavailable)) throw error;
    }
  }
  return held;
}

async function referencesIn(hsm: Hsm): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let after = ''; ; ) {
    const page = await hsm.list(after, PAGE);
    // A token may hold the key of the seal as well: no event speaks of it.
    for (const reference of page) if (!isOwnReference(reference)) found.add(reference);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return found;
    after = last;
  }
}

const named = ({ label, serial }: TokenName): string => `token "${label}" (serial ${serial})`;
const holder = (token: TokenName | null): string => (token === null ? 'The HSM' : `The ${named(token)}`);

const orphan = (reference: string, token: TokenName | null): Finding => ({
  severity: 'warning',
  check: 'material',
  subject: reference,
  message: `${holder(token)} holds material of which no event speaks.`,
  advice:
    'Harmless if a creation or rotation was interrupted. After an old event log was restored it may be a live version: restore the newer log. It is never removed on its own.',
});

const missing = ({ reference, keyId, version, token }: ListedMaterial): Finding => ({
  severity: 'problem',
  check: 'material',
  subject: `${keyId} version ${version}`,
  message: `${holder(token)} holds no material for this version (reference ${reference}): calls that need it answer Unavailable.`,
  advice:
    token === null
      ? 'Restore the sealed store from a backup that is as new as the event log.'
      : 'Restore the token from a backup that is as new as the event log.',
});

const leftOver = ({ reference, keyId, version, token }: ListedMaterial): Finding => ({
  severity: 'problem',
  check: 'material',
  subject: `${keyId} version ${version}`,
  message: `The material of this destroyed version is still there (reference ${reference}).`,
  advice:
    token === null
      ? 'A backup of the sealed store was restored after the destruction. Restart: the destruction register is applied again.'
      : `A backup of the token was restored after the destruction. Remove the object from the ${named(token)}.`,
});
