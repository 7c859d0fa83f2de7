import type { Decision } from '../../envelope.js';
import type { TagKey, UntagKey } from '../commands.js';
import type { KeyEvent } from '../events.js';
import type { KeyAggregate } from '../state.js';
import {
  checkReservedTagUnchanged,
  checkTagCount,
  checkTagKey,
  checkTags,
  isReservedTag,
  listedTags,
  refuseUntagOfReserved,
} from '../tags.js';
import { events, living, nothing } from './ready.js';

export function tagKey(state: KeyAggregate, command: TagKey): Decision<KeyEvent> {
  const key = living(state, command.type);
  checkTags(command.tags);
  for (const tag of command.tags) if (isReservedTag(tag.key)) checkReservedTagUnchanged(key, tag);
  const present = new Map(key.tags.map((tag) => [tag.key, tag.value]));
  const changed = command.tags.filter((tag) => !isReservedTag(tag.key) && present.get(tag.key) !== tag.value);
  const added = changed.filter((tag) => !present.has(tag.key)).length;
  checkTagCount(listedTags(key).length + added);
  return changed.length === 0 ? nothing : events({ type: 'Tagged', data: { tags: changed } });
}

/** Keys that the key does not have are passed over, as AWS does. */
export function untagKey(state: KeyAggregate, command: UntagKey): Decision<KeyEvent> {
  const key = living(state, command.type);
  for (const name of command.keys) {
    checkTagKey(name);
    refuseUntagOfReserved(name);
  }
  const keys = [...new Set(command.keys)].filter((name) => key.tags.some((tag) => tag.key === name));
  return keys.length === 0 ? nothing : events({ type: 'Untagged', data: { keys } });
}
