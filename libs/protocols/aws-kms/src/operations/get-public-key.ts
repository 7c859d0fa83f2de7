import { readKeyOrAlias } from '../identifiers/key-id.js';
import { specMembers } from './key-metadata.js';
import type { Operation } from './operation.js';

export const getPublicKey: Operation<'GetPublicKey'> = async (call, input, { uses }) => {
  const result = await uses.getPublicKey.execute(call, {
    key: readKeyOrAlias(input.KeyId, call.region),
    dryRun: false,
  });
  return { KeyId: result.keyArn, PublicKey: result.publicKey, ...specMembers(result) };
};
