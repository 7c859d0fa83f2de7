import { TagKeyCommand } from '@claviger/application';
import { readKeyOnly } from '../identifiers/key-id.js';
import { NOTHING, type Operation } from './operation.js';
import { fromAws } from './tags.js';

export const tagResource: Operation<'TagResource'> = async (call, input, { commands }) => {
  await commands.execute(
    new TagKeyCommand(call, { key: readKeyOnly(input.KeyId, call.region), tags: fromAws(input.Tags) }),
  );
  return NOTHING;
};
