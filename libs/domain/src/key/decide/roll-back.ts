import type { Decision } from '../../envelope.js';
import { formatInstant } from '../../instant.js';
import type { KeyContext, RollBackVersion } from '../commands.js';
import { addDuration, parseDuration } from '../duration.js';
import type { KeyEvent } from '../events.js';
import { invalidKeyState, invalidVersionState } from '../refusals.js';
import { expiresAt } from '../rotation-schedule.js';
import type { KeyAggregate } from '../state.js';
import { activeVersionOf, findVersion } from '../versions.js';
import { enabled, events } from './ready.js';

/**
 * the version that the ACTIVE one was rotated from becomes ACTIVE again, within `rollbackWindow` of that rotation. Activation time
 * and lineage of a version are those of its first activation, so a second roll-back cannot stretch the window.
 */
export function rollBackVersion(
  state: KeyAggregate,
  { type }: RollBackVersion,
  context: KeyContext,
): Decision<KeyEvent> {
  const key = enabled(state, type);
  const active = activeVersionOf(key);
  const previous =
    active?.rotatedFrom === null || active === undefined ? undefined : findVersion(key, active.rotatedFrom);
  if (active === undefined || previous === undefined) {
    throw invalidKeyState(key, type, 'active', `${key.arn} has no version to roll back to.`);
  }
  if (previous.status !== 'PENDING_RETIREMENT' || previous.compromisedAt !== null) {
    throw invalidVersionState(key, previous, type, 'a roll-back needs it pending retirement');
  }
  if (previous.restoredUntil !== null) {
    throw invalidVersionState(key, previous, type, 'it was restored for a time, which is no way back to use');
  }
  const expiry = expiresAt(key, previous);
  if (previous.expiredAt !== null || (expiry !== null && expiry <= context.now)) {
    throw invalidVersionState(key, previous, type, 'its cryptoperiod is over');
  }
  const window = parseDuration(key.rollbackWindow);
  const until = window === undefined ? active.createdAt : addDuration(active.activatedAt ?? active.createdAt, window);
  if (context.now > until) {
    const message = `Version ${active.version} of ${key.arn} is active; rolling it back was possible until ${formatInstant(until)}.`;
    throw invalidKeyState(key, type, 'active', message);
  }
  return events({ type: 'VersionRolledBack', data: { version: previous.version, from: active.version } });
}
