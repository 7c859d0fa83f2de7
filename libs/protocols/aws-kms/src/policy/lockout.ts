import { KmsError } from '@claviger/domain';
import type { PolicyDocument, PolicyStatement } from './document.js';

export interface PolicyCaller {
  readonly arn: string;
  readonly account: string;
}

/**
 * The safety check that BypassPolicyLockoutSafetyCheck switches off: whoever sets a policy must still be able to set
 * the next one.
 * @throws KmsError MalformedPolicy
 */
export function checkLockout(policy: PolicyDocument, caller: PolicyCaller, keyArn: string): void {
  if (!mayPutKeyPolicy(policy, caller, keyArn)) {
    throw new KmsError(
      'MalformedPolicy',
      'The new key policy will not allow you to update the key policy in the future.',
      {
        argument: 'Policy',
      },
    );
  }
}

/**
 * Whether the caller could call PutKeyPolicy under this policy, as far as its text alone says: statements with
 * conditions count neither for nor against, because a condition that holds now may not hold then. A statement for the
 * account (its root ARN or number) counts for each of its principals.
 */
export function mayPutKeyPolicy(policy: PolicyDocument, caller: PolicyCaller, keyArn: string): boolean {
  const applying = policy.statements.filter(
    (statement) => statement.condition.size === 0 && applies(statement, caller, keyArn),
  );
  return applying.length > 0 && applying.every((statement) => statement.effect === 'Allow');
}

function applies(statement: PolicyStatement, caller: PolicyCaller, keyArn: string): boolean {
  const { principal, action, resource } = statement;
  const named = principal.aws.some((name) => isCaller(name, caller));
  // Action names are matched without regard to case (IAM reference, element Action).
  const acted = action.patterns.some((pattern) => matches(pattern.toLowerCase(), 'kms:putkeypolicy'));
  const located = resource.patterns.some((pattern) => matches(pattern, keyArn));
  return named !== principal.negated && acted !== action.negated && located !== resource.negated;
}

function isCaller(name: string, caller: PolicyCaller): boolean {
  return (
    name === '*' || name === caller.arn || name === caller.account || name === `arn:aws:iam::${caller.account}:root`
  );
}

/** `*` stands for any run of characters, `?` for one. Backtracks to the last star only, so its time is at most the product of the two lengths. */
export function matches(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let position = 0;
  while (at < text.length) {
    const wanted = pattern[position];
    if (wanted === '*') {
      star = position;
      resume = at;
      position += 1;
    } else if (wanted === '?' || wanted === text[at]) {
      position += 1;
      at += 1;
    } else if (star >= 0) {
      resume += 1;
      at = resume;
      position = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[position] === '*') {
    position += 1;
  }
  return position === pattern.length;
}
