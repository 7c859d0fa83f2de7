import type { Decision } from '../../envelope.js';
import { formatInstant } from '../../instant.js';
import type { KeyContext, RetireVersion } from '../commands.js';
import { REQUIRED_COVERAGE, type RetirementMethod } from '../coverage.js';
import { addDuration, parseDuration } from '../duration.js';
import type { CoverageLevel, KeyEvent } from '../events.js';
import { invalidVersionState, keyIsDisabled } from '../refusals.js';
import type { KeyAggregate, KeyState, VersionState } from '../state.js';
import { events, living, versionOf } from './ready.js';

/**
 * Three ways into the archive: a version that nothing has used for long enough, on keys that opted in; a compromised one,
 * which keeps its flag and which applications could not use anyway; and a restored one whose time is over, which goes back.
 */
export function retireVersion(state: KeyAggregate, command: RetireVersion, context: KeyContext): Decision<KeyEvent> {
  const key = living(state, command.type);
  const version = versionOf(key, command.version, command.type);
  if (version.status === 'COMPROMISED') {
    return retired(version, 'L0', 'compromise_archived', version.compromisedAt ?? context.now);
  }
  if (version.status !== 'PENDING_RETIREMENT') {
    throw invalidVersionState(key, version, command.type, 'only a version that is pending retirement can be retired');
  }
  if (version.restoredUntil !== null && version.restoredUntil <= context.now) {
    return retired(version, version.retiredLevel ?? 'L0', 'restore_ended', version.restoredUntil);
  }
  return retireIdle(key, version, command.type, context);
}

function retireIdle(key: KeyState, version: VersionState, operation: string, context: KeyContext): Decision<KeyEvent> {
  // Nobody can use a disabled key: that it lies idle then proves nothing about what still needs it.
  if (key.disabled) throw keyIsDisabled(key, operation);
  const refuse = (why: string): never => {
    throw invalidVersionState(key, version, operation, why);
  };
  if (!key.retirement.enabled) return refuse('retirement is not enabled on this key');
  const required = REQUIRED_COVERAGE[key.dataClass];
  if (required !== 'L0')
    return refuse(`data class ${key.dataClass} needs proof of coverage at level ${required}, there is L0`);
  const { lastUsedAt } = context;
  if (lastUsedAt === undefined) return refuse('its last use is not known');
  const entered = version.pendingRetirementAt ?? context.now;
  const since = Math.max(entered, lastUsedAt ?? entered);
  const idleFor = parseDuration(key.retirement.idleFor);
  const from = idleFor === undefined ? Number.POSITIVE_INFINITY : addDuration(since, idleFor);
  if (context.now < from) {
    const used = lastUsedAt === null ? 'never used' : `last used at ${formatInstant(lastUsedAt)}`;
    return refuse(`${used}, it has to be idle for ${key.retirement.idleFor} from ${formatInstant(since)} on`);
  }
  return retired(version, 'L0', 'idle', since);
}

const retired = (
  version: VersionState,
  level: CoverageLevel,
  method: RetirementMethod,
  since: number,
): Decision<KeyEvent> =>
  events({
    type: 'VersionRetired',
    data: { version: version.version, level, method, idleSince: formatInstant(since) },
  });
