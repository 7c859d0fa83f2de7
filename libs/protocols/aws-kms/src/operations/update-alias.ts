import { UpdateAliasCommand } from '@claviger/application';
import { readAliasName } from '../identifiers/alias-name.js';
import { readAliasTarget } from './alias-target.js';
import { NOTHING, type Operation } from './operation.js';

export const updateAlias: Operation<'UpdateAlias'> = async (call, input, { commands }) => {
  const name = readAliasName(input.AliasName);
  await commands.execute(new UpdateAliasCommand(call, { name, key: readAliasTarget(input.TargetKeyId, call.region) }));
  return NOTHING;
};
