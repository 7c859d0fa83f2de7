import type { Decision } from '../../envelope.js';
import { formatInstant, parseInstant } from '../../instant.js';
import type { KeyContext, RestoreVersion } from '../commands.js';
import type { KeyEvent } from '../events.js';
import { invalid, invalidVersionState } from '../refusals.js';
import type { KeyAggregate } from '../state.js';
import { enabled, events, versionOf } from './ready.js';

/** approved and for a time. A version that carries the compromised flag comes back as COMPROMISED, not to use. */
export function restoreVersion(state: KeyAggregate, command: RestoreVersion, context: KeyContext): Decision<KeyEvent> {
  const key = enabled(state, command.type);
  const version = versionOf(key, command.version, command.type);
  if (version.status !== 'RETIRED') {
    throw invalidVersionState(key, version, command.type, 'only a retired version can be restored');
  }
  const { approval } = context;
  if (approval === undefined) throw invalidVersionState(key, version, command.type, 'restoring it needs an approval');
  const until = parseInstant(approval.until);
  if (until === undefined || until <= context.now)
    throw invalid('approval.until', 'an instant in the future', approval.until, command.type);
  return events({
    type: 'VersionRestored',
    data: { version: version.version, approval: approval.id, until: formatInstant(until) },
  });
}
