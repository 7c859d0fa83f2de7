import type { KeyReference } from '@claviger/application';
import { Param, type PipeTransform } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { keyNamed } from './key-named.js';

class KeyReferencePipe implements PipeTransform<string, KeyReference> {
  transform(text: string): KeyReference {
    return keyNamed('id', text);
  }
}

/** The `{id}` of a route: key id, key ARN, alias name or alias ARN; slashes are percent-encoded in the path. */
export const KeyParam = (): ParameterDecorator => Param('id', new KeyReferencePipe());

export const ApiKeyParam = (): MethodDecorator =>
  ApiParam({
    name: 'id',
    description: 'Key id, key ARN, alias/<name> or alias ARN (percent-encoded).',
    example: '1234abcd-12ab-34cd-56ef-1234567890ab',
    schema: { type: 'string' },
  });
