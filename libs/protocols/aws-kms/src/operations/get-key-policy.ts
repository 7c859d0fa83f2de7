import { DescribeKeyQuery } from '@claviger/application';
import { readKeyOnly } from '../identifiers/key-id.js';
import type { Operation } from './operation.js';
import { assertPolicyName, POLICY_NAME } from './policy-name.js';

export const getKeyPolicy: Operation<'GetKeyPolicy'> = async (call, input, { queries }) => {
  const key = readKeyOnly(input.KeyId, call.region);
  const { attributes } = await queries.execute(new DescribeKeyQuery(call, key, 'kms:GetKeyPolicy'));
  assertPolicyName(input.PolicyName);
  return { Policy: attributes.policy, PolicyName: POLICY_NAME };
};
