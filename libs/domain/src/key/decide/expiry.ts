import type { Decision } from '../../envelope.js';
import { formatInstant } from '../../instant.js';
import type { ExpireVersion, KeyContext, NotifyExpiry } from '../commands.js';
import type { KeyEvent } from '../events.js';
import { invalidVersionState } from '../refusals.js';
import { expiresAt, nextNoticeAt } from '../rotation-schedule.js';
import type { KeyAggregate, KeyState, VersionState } from '../state.js';
import { events, living, nothing, versionOf } from './ready.js';

/** Only the ACTIVE version has a cryptoperiod that can end: the others protect nothing any more, or not yet. Disabled keys too. */
function activeOf(
  state: KeyAggregate,
  { type, version: number }: ExpireVersion | NotifyExpiry,
): [KeyState, VersionState] {
  const key = living(state, type);
  const version = versionOf(key, number, type);
  if (version.status !== 'ACTIVE') throw invalidVersionState(key, version, type, 'only the active version expires');
  return [key, version];
}

export function expireVersion(state: KeyAggregate, command: ExpireVersion, context: KeyContext): Decision<KeyEvent> {
  const [key, version] = activeOf(state, command);
  if (version.expiredAt !== null) return nothing;
  const expiry = expiresAt(key, version);
  if (expiry === null || expiry > context.now) {
    const why = expiry === null ? 'it does not expire' : `it expires at ${formatInstant(expiry)}`;
    throw invalidVersionState(key, version, command.type, why);
  }
  return events({ type: 'VersionExpired', data: { version: version.version } });
}

export function notifyExpiry(state: KeyAggregate, command: NotifyExpiry, context: KeyContext): Decision<KeyEvent> {
  const [key, version] = activeOf(state, command);
  const expiry = expiresAt(key, version);
  if (expiry === null) throw invalidVersionState(key, version, command.type, 'it does not expire');
  const notice = nextNoticeAt(key, version);
  if (notice === null) return nothing;
  if (notice > context.now) {
    throw invalidVersionState(key, version, command.type, `its next notice is due at ${formatInstant(notice)}`);
  }
  return events({ type: 'ExpiryNotified', data: { version: version.version, expiresAt: formatInstant(expiry) } });
}
