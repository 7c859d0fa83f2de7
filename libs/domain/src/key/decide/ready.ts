import type { DomainEvent, Decision } from '../../envelope.js';
import type { KeyEvent } from '../events.js';
import { keyIsDisabled, keyIsPendingDeletion, noSuchKey, noSuchVersion, invalidVersionState } from '../refusals.js';
import type { KeyAggregate, KeyState, VersionState } from '../state.js';
import { findVersion } from '../versions.js';

/** What the commands of every family ask first, from the widest to the narrowest. */

/** The key exists and its destruction has not begun. A deleted key answers as if it had never been. */
export function existing(state: KeyAggregate, operation: string): KeyState {
  if (state === null) throw noSuchKey(undefined, operation);
  if (state.deletedAt !== null) throw noSuchKey(state.arn, operation);
  if (state.destructionStartedAt !== null) throw keyIsPendingDeletion(state, operation);
  return state;
}

/** … and is not pending deletion. */
export function living(state: KeyAggregate, operation: string): KeyState {
  const key = existing(state, operation);
  if (key.pendingDeletion !== null) throw keyIsPendingDeletion(key, operation);
  return key;
}

/** … and is enabled. */
export function enabled(state: KeyAggregate, operation: string): KeyState {
  const key = living(state, operation);
  if (key.disabled) throw keyIsDisabled(key, operation);
  return key;
}

/** The version exists and its destruction has not begun. */
export function versionOf(key: KeyState, number: number, operation: string): VersionState {
  const version = findVersion(key, number);
  if (version === undefined) throw noSuchVersion(key, number, operation);
  if (version.destructionStartedAt !== null) throw invalidVersionState(key, version, operation);
  return version;
}

export const events = <E extends DomainEvent = KeyEvent>(...list: readonly E[]): Decision<E> => ({
  kind: 'events',
  events: list,
});

/** The command asks for what is so already. */
export const nothing: Decision<never> = { kind: 'events', events: [] };
