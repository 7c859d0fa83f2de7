import { UpdateDescriptionCommand } from '@claviger/application';
import { readKeyOnly } from '../identifiers/key-id.js';
import { NOTHING, type Operation } from './operation.js';

export const updateKeyDescription: Operation<'UpdateKeyDescription'> = async (call, input, { commands }) => {
  await commands.execute(
    new UpdateDescriptionCommand(call, { key: readKeyOnly(input.KeyId, call.region), description: input.Description }),
  );
  return NOTHING;
};
