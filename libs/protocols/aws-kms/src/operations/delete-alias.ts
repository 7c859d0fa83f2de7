import { DeleteAliasCommand } from '@claviger/application';
import { readAliasName } from '../identifiers/alias-name.js';
import { NOTHING, type Operation } from './operation.js';

export const deleteAlias: Operation<'DeleteAlias'> = async (call, input, { commands }) => {
  await commands.execute(new DeleteAliasCommand(call, { name: readAliasName(input.AliasName) }));
  return NOTHING;
};
