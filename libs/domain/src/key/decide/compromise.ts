import type { Decision } from '../../envelope.js';
import { formatInstant, parseInstant } from '../../instant.js';
import type { CompromiseVersion, KeyContext } from '../commands.js';
import type { KeyEvent } from '../events.js';
import { invalid, invalidVersionState } from '../refusals.js';
import type { KeyAggregate, KeyState, VersionState } from '../state.js';
import { keyDisabled } from './disable.js';
import { events, existing, nothing, versionOf } from './ready.js';

/**
 * the mark that nothing takes away. Legal in every state but destruction, also on a key that is pending deletion. When it
 * hits the ACTIVE version the key is disabled in the same append. A version that was to be deleted leaves that road: evidence stays.
 */
export function compromiseVersion(
  state: KeyAggregate,
  command: CompromiseVersion,
  context: KeyContext,
): Decision<KeyEvent> {
  const key = existing(state, command.type);
  const occurredAt = occurrence(command, context.now);
  const hit = command.version === null ? everyLiving(key) : one(key, command.version, command.type);
  const marked = hit.filter((version) => version.compromisedAt === null);
  if (marked.length === 0) return nothing;
  const active = marked.some((version) => version.version === key.activeVersion);
  return events(
    ...(active ? keyDisabled(key) : []),
    ...marked.map(
      (version): KeyEvent => ({
        type: 'VersionCompromised',
        // A version cannot have been exposed before it was made.
        data: {
          version: version.version,
          occurredAt: formatInstant(Math.max(version.createdAt, occurredAt ?? version.createdAt)),
        },
      }),
    ),
  );
}

function occurrence({ occurredAt, type }: CompromiseVersion, now: number): number | null {
  if (occurredAt === null) return null;
  const at = parseInstant(occurredAt);
  if (at === undefined || at > now)
    throw invalid('occurredAt', 'an ISO 8601 instant that is not in the future', occurredAt, type);
  return at;
}

const everyLiving = (key: KeyState): readonly VersionState[] =>
  key.versions.filter((version) => version.status !== 'DELETED' && version.destructionStartedAt === null);

function one(key: KeyState, number: number, operation: string): readonly VersionState[] {
  const version = versionOf(key, number, operation);
  if (version.status === 'DELETED') throw invalidVersionState(key, version, operation);
  return [version];
}
