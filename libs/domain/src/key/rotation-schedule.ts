import { formatInstant, parseInstant } from '../instant.js';
import { addDuration, type Duration, parseDuration, shortestMilliseconds, subtractDuration } from './duration.js';
import type { KeyAttributes, KeyState, VersionState } from './state.js';
import { activeVersionOf } from './versions.js';

/**
 * When a key rotates and its versions expire: pure functions of the state, so that every run of every scheduler derives the same periods.
 *
 * `timeAfterCreate` makes periods of that length, counted from when the policy took effect; rotations on demand do not move them (what
 * AWS clients expect). Missed periods are not made up for: one rotation covers all that lie behind. `timeBeforeExpiry` hangs on the
 * ACTIVE version's own expiry. A period is named by the instant at which it begins and its rotation falls due.
 */
interface Schedule {
  /** Does a rotation fall due, and when: the earliest due time that no rotation has covered. */
  readonly next: number;
  /** Beginning of the period that contains `now`. */
  periodAt(now: number): number;
}

/** Null: does not rotate by itself. Off, no ACTIVE version, or doomed; a disabled key keeps its schedule. */
export const nextRotationAt = (key: KeyState): number | null => scheduleOf(key)?.next ?? null;

/** ISO 8601 beginning of the period that contains `now`; null where nothing rotates by itself. */
export function rotationPeriod(key: KeyState, now: number): string | null {
  const schedule = scheduleOf(key);
  return schedule === null ? null : formatInstant(schedule.periodAt(now));
}

/** Names the ACTIVE version that reached its use limit, so that two nodes which both saw it rotate once. */
export function useLimitPeriod(key: KeyState): string | null {
  const activatedAt = activeVersionOf(key)?.activatedAt ?? null;
  return activatedAt === null ? null : formatInstant(activatedAt);
}

/** End of a version's cryptoperiod, counted from its creation; null: never. */
export function expiresAt(key: KeyAttributes, version: VersionState): number | null {
  const expiry = key.rotationPolicy.expiryTime === null ? undefined : parseDuration(key.rotationPolicy.expiryTime);
  return expiry === undefined ? null : addDuration(version.createdAt, expiry);
}

/** Times at which the policy's notices about this version fall due, ascending. */
function noticesAt(key: KeyAttributes, version: VersionState): readonly number[] {
  const expiry = expiresAt(key, version);
  if (expiry === null) return [];
  const times: number[] = [];
  for (const action of key.rotationPolicy.lifetimeActions) {
    if (action.action !== 'notify') continue;
    const text = 'timeAfterCreate' in action ? action.timeAfterCreate : action.timeBeforeExpiry;
    const duration = parseDuration(text);
    if (duration === undefined) continue;
    times.push(
      'timeAfterCreate' in action ? addDuration(version.createdAt, duration) : subtractDuration(expiry, duration),
    );
  }
  return times.sort((a, b) => a - b);
}

/** The first notice that is still to be given; null: none. */
export const nextNoticeAt = (key: KeyAttributes, version: VersionState): number | null =>
  noticesAt(key, version).find((at) => version.expiryNotifiedAt === null || version.expiryNotifiedAt < at) ?? null;

function scheduleOf(key: KeyState): Schedule | null {
  const action = key.rotationPolicy.enabled
    ? key.rotationPolicy.lifetimeActions.find((candidate) => candidate.action === 'rotate')
    : undefined;
  const active = activeVersionOf(key);
  const doomed = key.pendingDeletion !== null || key.destructionStartedAt !== null || key.deletedAt !== null;
  if (action === undefined || active === undefined || doomed) return null;
  if ('timeAfterCreate' in action) {
    const length = parseDuration(action.timeAfterCreate);
    return length === undefined ? null : periods(key, length);
  }
  const before = parseDuration(action.timeBeforeExpiry);
  const expiry = expiresAt(key, active);
  if (before === undefined || expiry === null) return null;
  const due = subtractDuration(expiry, before);
  return { next: due, periodAt: (now) => (now < due ? active.createdAt : due) };
}

function periods(key: KeyAttributes, length: Duration): Schedule {
  const since = key.rotationPolicySince;
  const start = (index: number): number => addDuration(since, length, index);
  const indexAt = (at: number): number => {
    // Never too few, since the divisor is the shortest form of the length; exact where the length has no months.
    let index = Math.max(0, Math.floor((at - since) / Math.max(1, shortestMilliseconds(length))));
    while (index > 0 && start(index) > at) index -= 1;
    return index;
  };
  const covered = key.lastRotationPeriod === null ? undefined : parseInstant(key.lastRotationPeriod);
  const done = covered === undefined || covered < since ? 0 : indexAt(covered);
  return { next: start(done + 1), periodAt: (now) => start(indexAt(now)) };
}
