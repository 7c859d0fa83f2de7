import type { Decision } from '../../envelope.js';
import { formatInstant } from '../../instant.js';
import type { CancelDeletion, EnablePurgeProtection, KeyContext, ScheduleDeletion } from '../commands.js';
import type { KeyEvent } from '../events.js';
import { invalid, invalidKeyState, invalidVersionState } from '../refusals.js';
import type { KeyAggregate, KeyState } from '../state.js';
import { events, existing, living, nothing, versionOf } from './ready.js';

const DAY = 86_400_000;
const SHORTEST_WINDOW = 7;
const LONGEST_WINDOW = 90;

/**
 * 7 to 90 days, for the whole key or for one version that is out of use. Under purge protection a new date may not lie before
 * one that was scheduled earlier, of the key or of a version in it: cancelling and scheduling again shortens nothing.
 */
export function scheduleDeletion(
  state: KeyAggregate,
  command: ScheduleDeletion,
  context: KeyContext,
): Decision<KeyEvent> {
  const key = living(state, command.type);
  const { version: number, windowDays } = command;
  if (!Number.isInteger(windowDays) || windowDays < SHORTEST_WINDOW || windowDays > LONGEST_WINDOW) {
    throw invalid(
      'windowDays',
      `a whole number from ${SHORTEST_WINDOW} to ${LONGEST_WINDOW}`,
      `${windowDays}`,
      command.type,
    );
  }
  const deletionAt = context.now + windowDays * DAY;
  const notBefore = number === null ? earliestOfKey(key) : earliestOfVersion(key, number, command.type);
  if (key.purgeProtection && deletionAt < notBefore) {
    const message = `${key.arn} has purge protection: its deletion is not possible before ${formatInstant(notBefore)}.`;
    throw invalidKeyState(key, command.type, 'purge_protected', message);
  }
  const data = { version: number, windowDays, deletionAt: formatInstant(deletionAt) };
  return events({ type: 'DeletionScheduled', data });
}

function earliestOfKey(key: KeyState): number {
  let latest = key.deletionNotBefore ?? 0;
  for (const version of key.versions) {
    if (version.status !== 'DELETED') latest = Math.max(latest, version.deletionNotBefore ?? 0);
  }
  return latest;
}

function earliestOfVersion(key: KeyState, number: number, operation: string): number {
  const version = versionOf(key, number, operation);
  switch (version.status) {
    case 'STAGED':
    case 'RETIRED':
    case 'DISABLED':
    case 'COMPROMISED':
      return Math.max(key.deletionNotBefore ?? 0, version.deletionNotBefore ?? 0);
    case 'ACTIVE':
    case 'PENDING_RETIREMENT':
      throw invalidVersionState(key, version, operation, 'retire or disable it before its deletion');
    case 'PENDING_DELETION':
    case 'DELETED':
      throw invalidVersionState(key, version, operation);
  }
}

export function cancelDeletion(state: KeyAggregate, command: CancelDeletion): Decision<KeyEvent> {
  const key = existing(state, command.type);
  if (command.version === null) {
    if (key.pendingDeletion === null) {
      throw invalidKeyState(
        key,
        command.type,
        key.disabled ? 'disabled' : 'enabled',
        `${key.arn} is not pending deletion.`,
      );
    }
    return events({ type: 'DeletionCancelled', data: { version: null } });
  }
  living(key, command.type);
  const version = versionOf(key, command.version, command.type);
  if (version.status !== 'PENDING_DELETION') {
    throw invalidVersionState(key, version, command.type, 'it is not pending deletion');
  }
  if (version.former === 'STAGED' && key.stagedVersion !== null) {
    throw invalidVersionState(key, version, command.type, `version ${key.stagedVersion} has been staged in its place`);
  }
  return events({ type: 'DeletionCancelled', data: { version: version.version } });
}

/** Takes away only the chance to shorten a wait, so it is legal in every state but destruction. */
export function enablePurgeProtection(state: KeyAggregate, { type }: EnablePurgeProtection): Decision<KeyEvent> {
  return existing(state, type).purgeProtection ? nothing : events({ type: 'PurgeProtectionEnabled', data: {} });
}
