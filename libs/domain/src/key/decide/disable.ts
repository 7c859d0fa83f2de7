import type { Decision } from '../../envelope.js';
import type { DisableKey, EnableKey } from '../commands.js';
import type { KeyEvent } from '../events.js';
import { invalidKeyState, invalidVersionState, statusInWords } from '../refusals.js';
import type { KeyAggregate, KeyState } from '../state.js';
import { findVersion } from '../versions.js';
import { events, living, nothing, versionOf } from './ready.js';
import { previousActive } from './rotate.js';

/** a reversible stop, of the whole key or of one version. */
export function disableKey(state: KeyAggregate, command: DisableKey): Decision<KeyEvent> {
  const key = living(state, command.type);
  if (command.version === null) return key.disabled ? nothing : events(...keyDisabled(key));
  const version = versionOf(key, command.version, command.type);
  switch (version.status) {
    case 'ACTIVE':
      return events(...keyDisabled(key), { type: 'Disabled', data: { version: version.version } });
    case 'PENDING_RETIREMENT':
      return events({ type: 'Disabled', data: { version: version.version } });
    case 'DISABLED':
      return nothing;
    case 'STAGED':
    case 'RETIRED':
    case 'COMPROMISED':
    case 'PENDING_DELETION':
    case 'DELETED':
      throw invalidVersionState(key, version, command.type, 'only a version that can be used can be disabled');
  }
}

/**
 * Taken before the ACTIVE version leaves its state: an enabled key has exactly one ACTIVE version at every point of its stream.
 * Empty when the key is disabled already.
 */
export const keyDisabled = (key: KeyState): readonly KeyEvent[] =>
  key.disabled ? [] : [{ type: 'Disabled', data: { version: null } }];

/** A key without an ACTIVE version cannot be enabled: what stopped the version has to be undone, or a successor made, on its own. */
export function enableKey(state: KeyAggregate, command: EnableKey): Decision<KeyEvent> {
  const key = living(state, command.type);
  if (command.version === null) {
    if (!key.disabled) return nothing;
    if (key.activeVersion === null) throw noActiveVersion(key, command.type);
    return events({ type: 'Enabled', data: { version: null } });
  }
  const version = versionOf(key, command.version, command.type);
  switch (version.status) {
    case 'DISABLED':
      return events({ type: 'Enabled', data: { version: version.version } });
    case 'ACTIVE':
    case 'PENDING_RETIREMENT':
      return nothing;
    case 'STAGED':
    case 'RETIRED':
    case 'COMPROMISED':
    case 'PENDING_DELETION':
    case 'DELETED':
      throw invalidVersionState(key, version, command.type, 'only a disabled version can be enabled');
  }
}

function noActiveVersion(key: KeyState, operation: string) {
  const number = previousActive(key);
  const last = number === null ? undefined : findVersion(key, number);
  if (last === undefined) return invalidKeyState(key, operation, 'disabled', `${key.arn} has no active version.`);
  const way = last.status === 'DISABLED' ? 'enable that version first' : 'rotate the key first';
  const message = `${key.arn} has no active version: version ${last.version} is ${statusInWords(last.status)}; ${way}.`;
  return invalidKeyState(key, operation, last.status.toLowerCase(), message);
}
