import type { Decision } from '../../envelope.js';
import { checkRetirement } from '../checks.js';
import type { SetRetirementPolicy } from '../commands.js';
import type { KeyEvent } from '../events.js';
import type { KeyAggregate } from '../state.js';
import { events, living, nothing } from './ready.js';

export function setRetirementPolicy(
  state: KeyAggregate,
  { type, retirement }: SetRetirementPolicy,
): Decision<KeyEvent> {
  const key = living(state, type);
  checkRetirement(retirement);
  const { enabled, idleFor } = key.retirement;
  if (enabled === retirement.enabled && idleFor === retirement.idleFor) return nothing;
  return events({ type: 'RetirementPolicyChanged', data: { retirement } });
}
