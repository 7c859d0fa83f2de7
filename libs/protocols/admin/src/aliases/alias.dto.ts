import { type AliasState, KmsError } from '@claviger/domain';
import { Param, type PipeTransform } from '@nestjs/common';
import { ApiParam, ApiProperty } from '@nestjs/swagger';
import { Text } from '../fields/fields.js';

export const ALIAS_PREFIX = 'alias/';
export const ALIAS_NAME = /^alias\/[a-zA-Z0-9:/_-]{1,250}$/;

export class AliasDto {
  @ApiProperty({ example: 'alias/prod-customer-data-kek' })
  name!: string;

  @ApiProperty()
  arn!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Key that it names.' })
  keyId!: string | null;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time', description: 'When it was last pointed to a key.' })
  updatedAt!: string;
}

export const aliasDto = ({ name, arn, keyId, createdAt, updatedAt }: AliasState): AliasDto => ({
  name: `${ALIAS_PREFIX}${name}`,
  arn,
  keyId,
  createdAt: new Date(createdAt).toISOString(),
  updatedAt: new Date(updatedAt).toISOString(),
});

/** Where an alias shall point. */
export class AliasTargetBody {
  @Text({ min: 1, max: 2048, description: 'Key id, key ARN, or an alias of the key.' })
  key!: string;
}

/** The full name or the part behind `alias/`, which is what streams and commands carry. */
class AliasNamePipe implements PipeTransform<string, string> {
  transform(text: string): string {
    const name = text.startsWith(ALIAS_PREFIX) ? text : `${ALIAS_PREFIX}${text}`;
    if (!ALIAS_NAME.test(name)) {
      throw new KmsError('InvalidAliasName', 'name must be alias/ and 1 to 250 letters, digits, /, _, : or -.', {
        argument: 'name',
      });
    }
    return name.slice(ALIAS_PREFIX.length);
  }
}

export const AliasParam = (): ParameterDecorator => Param('name', new AliasNamePipe());

export const ApiAliasParam = (): MethodDecorator =>
  ApiParam({
    name: 'name',
    description: 'Name, with or without the prefix alias/ (percent-encoded).',
    example: 'prod-customer-data-kek',
    schema: { type: 'string' },
  });
