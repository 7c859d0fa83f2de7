import { DisableKeyCommand } from '@claviger/application';
import { readKeyOnly } from '../identifiers/key-id.js';
import { NOTHING, type Operation } from './operation.js';

export const disableKey: Operation<'DisableKey'> = async (call, input, { commands }) => {
  await commands.execute(new DisableKeyCommand(call, { key: readKeyOnly(input.KeyId, call.region), version: null }));
  return NOTHING;
};
