import { KmsError } from '@claviger/domain';

const PREFIX = 'alias/';
const GUIDE = 'https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html';

/**
 * The name behind `alias/`, for operations that create, change or delete an alias. Length and characters have been
 * checked against the model.
 * @throws KmsError Validation without the prefix or a name behind it, InvalidAliasName for the reserved `alias/aws/`
 */
export function readAliasName(text: string): string {
  if (!text.startsWith(PREFIX) || text.length === PREFIX.length) {
    throw new KmsError('Validation', `Alias must start with the prefix "${PREFIX}". Please see ${GUIDE}`, {
      argument: 'AliasName',
    });
  }
  const name = text.slice(PREFIX.length);
  if (name.startsWith('aws/')) {
    throw new KmsError('InvalidAliasName', `Aliases that begin with "${PREFIX}aws/" are reserved.`, {
      argument: 'AliasName',
    });
  }
  return name;
}
