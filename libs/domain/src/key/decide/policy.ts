import type { Decision } from '../../envelope.js';
import { checkPolicy } from '../checks.js';
import type { PutPolicy } from '../commands.js';
import type { KeyEvent } from '../events.js';
import type { KeyAggregate } from '../state.js';
import { events, existing, nothing } from './ready.js';

/** Legal in every state but destruction, as in AWS: whoever locks a key up must still be able to say who may look at it. */
export function putPolicy(state: KeyAggregate, { type, policy }: PutPolicy): Decision<KeyEvent> {
  const key = existing(state, type);
  checkPolicy(policy);
  return key.policy === policy ? nothing : events({ type: 'PolicyChanged', data: { policy } });
}
