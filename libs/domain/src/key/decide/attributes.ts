import type { Decision } from '../../envelope.js';
import { checkDescription, checkOwner, checkUses } from '../checks.js';
import type { ChangeOwner, ChangeUses, UpdateDescription } from '../commands.js';
import type { KeyEvent } from '../events.js';
import type { KeyAggregate } from '../state.js';
import { events, living, nothing } from './ready.js';

export function updateDescription(state: KeyAggregate, { type, description }: UpdateDescription): Decision<KeyEvent> {
  const key = living(state, type);
  checkDescription(description);
  return key.description === description ? nothing : events({ type: 'DescriptionUpdated', data: { description } });
}

export function changeOwner(state: KeyAggregate, { type, owner }: ChangeOwner): Decision<KeyEvent> {
  const key = living(state, type);
  checkOwner(owner);
  return key.owner === owner ? nothing : events({ type: 'OwnerChanged', data: { owner } });
}

export function changeUses(state: KeyAggregate, { type, uses }: ChangeUses): Decision<KeyEvent> {
  const key = living(state, type);
  checkUses(uses);
  const same = key.uses.length === uses.length && uses.every((use, index) => key.uses[index] === use);
  return same ? nothing : events({ type: 'UsesChanged', data: { uses } });
}
