import { DescribeKeyQuery } from '@claviger/application';
import { readKeyOnly } from '../identifiers/key-id.js';
import { pageSize } from '../model/page-size.js';
import type { Operation } from './operation.js';
import { pageMembers, pageOf, readMarker } from './paging.js';
import { POLICY_NAME } from './policy-name.js';

export const listKeyPolicies: Operation<'ListKeyPolicies'> = async (call, input, { queries }) => {
  const after = readMarker('ListKeyPolicies', input.Marker);
  const key = readKeyOnly(input.KeyId, call.region);
  await queries.execute(new DescribeKeyQuery(call, key, 'kms:ListKeyPolicies'));
  const { page, next } = pageOf(
    [POLICY_NAME],
    (name) => name > after,
    pageSize('ListKeyPolicies', input.Limit),
    (name) => name,
  );
  return { PolicyNames: page, ...pageMembers('ListKeyPolicies', next) };
};
