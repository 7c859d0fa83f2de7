import { CreateAliasCommand } from '@claviger/application';
import { readAliasName } from '../identifiers/alias-name.js';
import { readAliasTarget } from './alias-target.js';
import { NOTHING, type Operation } from './operation.js';

export const createAlias: Operation<'CreateAlias'> = async (call, input, { commands }) => {
  const name = readAliasName(input.AliasName);
  await commands.execute(new CreateAliasCommand(call, { name, key: readAliasTarget(input.TargetKeyId, call.region) }));
  return NOTHING;
};
