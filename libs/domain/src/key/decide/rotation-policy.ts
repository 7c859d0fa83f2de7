import type { Decision } from '../../envelope.js';
import type { SetRotationPolicy } from '../commands.js';
import type { KeyEvent } from '../events.js';
import { checkRotationPolicy } from '../rotation-checks.js';
import type { LifetimeAction, RotationPolicy } from '../rotation-policy.js';
import type { KeyAggregate } from '../state.js';
import { enabled, events, nothing } from './ready.js';

/** The same policy again changes nothing; another one begins its first period now. */
export function setRotationPolicy(
  state: KeyAggregate,
  { type, rotationPolicy }: SetRotationPolicy,
): Decision<KeyEvent> {
  const key = enabled(state, type);
  checkRotationPolicy(rotationPolicy);
  if (isSame(key.rotationPolicy, rotationPolicy)) return nothing;
  return events({ type: 'RotationPolicyChanged', data: { rotationPolicy } });
}

const isSame = (a: RotationPolicy, b: RotationPolicy): boolean =>
  a.enabled === b.enabled &&
  a.expiryTime === b.expiryTime &&
  a.lifetimeActions.length === b.lifetimeActions.length &&
  a.lifetimeActions.every((action, index) => actionText(action) === actionText(b.lifetimeActions[index]));

const actionText = (action: LifetimeAction | undefined): string => {
  if (action === undefined) return '';
  return 'timeAfterCreate' in action
    ? `${action.action} after ${action.timeAfterCreate}`
    : `${action.action} before ${action.timeBeforeExpiry}`;
};
