import type { PrincipalState } from '../principal/principal.js';

/** What the decision looks at. `disabled` is left out by callers whose principal authentication has just found enabled. */
export type AccessSubject = Pick<PrincipalState, 'account' | 'administrator'> &
  Partial<Pick<PrincipalState, 'disabled'>>;

/**
 * Default deny; an administrator may do everything in the own account, nothing in another. Key policies, identity policies and grants
 * are stored but not evaluated yet.
 */
export function evaluate(principal: AccessSubject, action: string, resourceAccount: string): 'allow' | 'deny' {
  if (action.length === 0 || principal.disabled === true) return 'deny';
  return principal.administrator && principal.account === resourceAccount ? 'allow' : 'deny';
}
