import { type KeyReference, parseKeyReference } from '@claviger/application';
import { KmsError } from '@claviger/domain';

/** The key that an argument names. @throws KmsError Validation */
export function keyNamed(argument: string, text: string): KeyReference {
  const reference = parseKeyReference(text);
  if (reference !== undefined) return reference;
  throw new KmsError(
    'Validation',
    `${argument} must be a key id (UUID), a key ARN, an alias (alias/<name>) or an alias ARN; found a text of ${text.length} characters.`,
    { argument },
  );
}
