import type { Decision } from '../../envelope.js';
import { formatInstant } from '../../instant.js';
import type { KeyContext, RecordDestruction, StartDestruction } from '../commands.js';
import type { KeyEvent } from '../events.js';
import { invalid, invalidKeyState, invalidVersionState, noSuchKey, noSuchVersion } from '../refusals.js';
import type { KeyAggregate, KeyState } from '../state.js';
import { findVersion } from '../versions.js';
import { events, existing, nothing } from './ready.js';

/**
 * The point of no return, once a deletion is due: of the whole key with every version in it, or else of the versions that are due by
 * themselves. On a key that is pending deletion no version goes ahead of the key.
 */
export function startDestruction(
  state: KeyAggregate,
  { type }: StartDestruction,
  context: KeyContext,
): Decision<KeyEvent> {
  const key = existing(state, type);
  const { pendingDeletion } = key;
  if (pendingDeletion !== null) {
    if (context.now < pendingDeletion.deletionAt) throw notYet(key, type, pendingDeletion.deletionAt);
    const versions = key.versions.filter((version) => version.status !== 'DELETED').map((version) => version.version);
    return events({ type: 'DestructionStarted', data: { versions } });
  }
  let earliest = Number.POSITIVE_INFINITY;
  const due: number[] = [];
  for (const version of key.versions) {
    if (version.status !== 'PENDING_DELETION' || version.destructionStartedAt !== null || version.deletionAt === null)
      continue;
    earliest = Math.min(earliest, version.deletionAt);
    if (version.deletionAt <= context.now) due.push(version.version);
  }
  if (due.length > 0) return events({ type: 'DestructionStarted', data: { versions: due } });
  if (earliest !== Number.POSITIVE_INFINITY) throw notYet(key, type, earliest);
  throw invalidKeyState(key, type, key.disabled ? 'disabled' : 'enabled', `${key.arn} is not pending deletion.`);
}

const notYet = (key: KeyState, operation: string, deletionAt: number) =>
  invalidKeyState(
    key,
    operation,
    'pending_deletion',
    `${key.arn} is pending deletion until ${formatInstant(deletionAt)}.`,
  );

/** The one command that stays legal while a key is being destroyed. What was recorded before is left out. */
export function recordDestruction(state: KeyAggregate, command: RecordDestruction): Decision<KeyEvent> {
  const { type } = command;
  if (state === null) throw noSuchKey(undefined, type);
  if (state.deletedAt !== null) throw noSuchKey(state.arn, type);
  if (command.versions.length === 0) throw invalid('versions', 'at least one', 'none', type);
  const gone: number[] = [];
  for (const number of new Set(command.versions)) {
    const version = findVersion(state, number);
    if (version === undefined) throw noSuchVersion(state, number, type);
    if (version.status === 'DELETED') continue;
    if (version.destructionStartedAt === null)
      throw invalidVersionState(state, version, type, 'its destruction has not begun');
    gone.push(number);
  }
  return gone.length === 0 ? nothing : events({ type: 'MaterialDestroyed', data: { versions: gone } });
}
