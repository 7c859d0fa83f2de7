import { type KeyReference, parseKeyReference } from '@claviger/application';
import { KmsError } from '@claviger/domain';
import { Param, type PipeTransform } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';

/** Key id, key ARN, alias name or alias ARN; slashes are percent-encoded in the path. */
class KeyReferencePipe implements PipeTransform<string, KeyReference> {
  transform(text: string): KeyReference {
    const reference = parseKeyReference(text);
    if (reference === undefined) {
      throw new KmsError('Validation', 'id must be a key id (UUID), a key ARN, an alias (alias/<name>) or an alias ARN.', {
        argument: 'id',
        found: text.slice(0, 64),
      });
    }
    return reference;
  }
}

/** The `{id}` of a route. */
export const KeyParam = (): ParameterDecorator => Param('id', new KeyReferencePipe());

export const ApiKeyParam = (): MethodDecorator =>
  ApiParam({ name: 'id', description: 'Key id, key ARN, alias/<name> or alias ARN (percent-encoded).', example: '1234abcd-12ab-34cd-56ef-1234567890ab' });
