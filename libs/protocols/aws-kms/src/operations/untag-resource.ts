import { UntagKeyCommand } from '@claviger/application';
import { readKeyOnly } from '../identifiers/key-id.js';
import { NOTHING, type Operation } from './operation.js';

export const untagResource: Operation<'UntagResource'> = async (call, input, { commands }) => {
  await commands.execute(
    new UntagKeyCommand(call, { key: readKeyOnly(input.KeyId, call.region), keys: input.TagKeys }),
  );
  return NOTHING;
};
