import { KeyVersionsQuery } from '@claviger/application';
import { readKeyOnly } from '../identifiers/key-id.js';
import type { Operation } from './operation.js';
import { assertRotatable, periodInDays } from './rotation.js';

/**
 * While a deletion is pending the answer is no: nothing rotates then. Period and next date are given while rotation is
 * on. A rotation on demand is complete when it is answered, so there is never one in progress.
 */
export const getKeyRotationStatus: Operation<'GetKeyRotationStatus'> = async (call, input, { queries }) => {
  const key = readKeyOnly(input.KeyId, call.region);
  const { attributes, nextRotationAt } = await queries.execute(
    new KeyVersionsQuery(call, key, 'kms:GetKeyRotationStatus'),
  );
  assertRotatable(attributes, call.operation);
  const { rotationPolicy, pendingDeletion } = attributes;
  const enabled = rotationPolicy.enabled && pendingDeletion === null;
  return {
    KeyRotationEnabled: enabled,
    KeyId: attributes.keyId,
    RotationPeriodInDays: enabled ? periodInDays(rotationPolicy) : undefined,
    NextRotationDate: enabled && nextRotationAt !== null ? new Date(nextRotationAt) : undefined,
  };
};
