import { CancelDeletionCommand } from '@claviger/application';
import { readKeyOnly } from '../identifiers/key-id.js';
import type { Operation } from './operation.js';

/** The key is Disabled afterwards. */
export const cancelKeyDeletion: Operation<'CancelKeyDeletion'> = async (call, input, { commands }) => {
  const { key } = await commands.execute(
    new CancelDeletionCommand(call, { key: readKeyOnly(input.KeyId, call.region), version: null }),
  );
  return { KeyId: key.arn };
};
