import { EnableKeyCommand } from '@claviger/application';
import { readKeyOnly } from '../identifiers/key-id.js';
import { NOTHING, type Operation } from './operation.js';

export const enableKey: Operation<'EnableKey'> = async (call, input, { commands }) => {
  await commands.execute(new EnableKeyCommand(call, { key: readKeyOnly(input.KeyId, call.region), version: null }));
  return NOTHING;
};
