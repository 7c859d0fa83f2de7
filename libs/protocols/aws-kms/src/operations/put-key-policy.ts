import { DescribeKeyQuery, PutPolicyCommand } from '@claviger/application';
import { readKeyOnly } from '../identifiers/key-id.js';
import { checkPolicyForm } from '../policy/check-form.js';
import { checkLockout } from '../policy/lockout.js';
import { NOTHING, type Operation } from './operation.js';
import { assertPolicyName } from './policy-name.js';

export const putKeyPolicy: Operation<'PutKeyPolicy'> = async (call, input, { commands, queries }) => {
  const key = readKeyOnly(input.KeyId, call.region);
  const { attributes } = await queries.execute(new DescribeKeyQuery(call, key, 'kms:PutKeyPolicy'));
  assertPolicyName(input.PolicyName);
  const policy = checkPolicyForm(input.Policy);
  if (input.BypassPolicyLockoutSafetyCheck !== true) {
    checkLockout(policy, call.caller, attributes.arn);
  }
  await commands.execute(new PutPolicyCommand(call, { key, policy: input.Policy }));
  return NOTHING;
};
