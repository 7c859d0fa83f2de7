import type { KeyReference } from '@claviger/application';
import { KmsError } from '@claviger/domain';
import { readKeyOnly } from '../identifiers/key-id.js';

/** The key that an alias is to point to: a key id or key ARN. @throws KmsError Validation, NotFound, InvalidArn */
export function readAliasTarget(text: string, region: string): KeyReference {
  if (text.startsWith('alias/')) {
    throw new KmsError('Validation', 'Aliases must refer to keys. Not aliases', { argument: 'TargetKeyId' });
  }
  return readKeyOnly(text, region);
}
