import { parseInstant } from '@claviger/domain';
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  Validate,
  ValidateIf,
  ValidateNested,
  type ValidationArguments,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';

/*
 * One decorator per kind of field, which sets validation and OpenAPI together: the document cannot promise what the check refuses.
 */

interface About {
  readonly description: string;
  readonly example?: string | number | boolean;
}
interface TextRules extends About {
  readonly min?: number;
  readonly max: number;
  readonly pattern?: RegExp;
}
interface NumberRules extends About {
  readonly min: number;
  readonly max: number;
}

const property = (required: boolean, options: object): PropertyDecorator =>
  required ? ApiProperty(options) : applyDecorators(ApiPropertyOptional(options), IsOptional());

const text = (required: boolean, { description, example, min = 0, max, pattern }: TextRules): PropertyDecorator =>
  applyDecorators(
    property(required, {
      type: String,
      description,
      minLength: min,
      maxLength: max,
      ...(pattern && { pattern: pattern.source }),
      ...(example === undefined ? {} : { example }),
    }),
    IsString(),
    Length(min, max),
    ...(pattern === undefined ? [] : [Matches(pattern)]),
  );

export const Text = (rules: TextRules): PropertyDecorator => text(true, rules);
export const OptionalText = (rules: TextRules): PropertyDecorator => text(false, rules);

const secrets = new Set<string>();

/** Is a member of this name a secret somewhere? Then no refusal tells what was found. */
export const isSecretField = (name: string): boolean => secrets.has(name);

const secretText = (required: boolean, { description, max }: TextRules): PropertyDecorator =>
  applyDecorators(
    (_: object, name: string | symbol) => void secrets.add(String(name)),
    property(required, { type: String, format: 'password', description, minLength: 1, maxLength: max }),
    IsString(),
    Length(1, max),
  );

/** A passphrase or a share: nothing that it could be is ever told back. */
export const SecretText = (rules: TextRules): PropertyDecorator => secretText(true, rules);
export const OptionalSecretText = (rules: TextRules): PropertyDecorator => secretText(false, rules);

/** May be null, which takes the value away. */
export const NullableText = ({ description, min = 0, max, pattern }: TextRules): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ type: String, nullable: true, description, minLength: min, maxLength: max }),
    ValidateIf((_, value) => value !== null),
    IsString(),
    Length(min, max),
    ...(pattern === undefined ? [] : [Matches(pattern)]),
  );

const wholeNumber = (required: boolean, { description, min, max, example }: NumberRules): PropertyDecorator =>
  applyDecorators(
    property(required, {
      type: 'integer',
      description,
      minimum: min,
      maximum: max,
      ...(example === undefined ? {} : { example }),
    }),
    IsInt(),
    Min(min),
    Max(max),
  );

export const WholeNumber = (rules: NumberRules): PropertyDecorator => wholeNumber(true, rules);
export const OptionalWholeNumber = (rules: NumberRules): PropertyDecorator => wholeNumber(false, rules);

/** As text in a query; whatever is no plain number is left as it is, for the check to refuse. */
export const OptionalQueryNumber = (rules: NumberRules): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^[0-9]{1,15}$/.test(value) ? Number(value) : value,
    ),
    wholeNumber(false, rules),
  );

const oneOf = (required: boolean, values: readonly string[], about: About): PropertyDecorator =>
  applyDecorators(property(required, { enum: [...values], ...about }), IsIn([...values]));

export const OneOf = (values: readonly string[], about: About): PropertyDecorator => oneOf(true, values, about);
export const OptionalOneOf = (values: readonly string[], about: About): PropertyDecorator =>
  oneOf(false, values, about);

export const OptionalFlag = (about: About): PropertyDecorator =>
  applyDecorators(property(false, { type: Boolean, ...about }), IsBoolean());

const DURATION = /^P[0-9YMWDTHS]+$/;

/** ISO 8601 duration; the domain checks its meaning. */
export const OptionalDurationText = (about: About): PropertyDecorator =>
  text(false, { ...about, min: 2, max: 64, pattern: DURATION });

@ValidatorConstraint({ name: 'isInstant' })
class IsInstant implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return typeof value === 'string' && parseInstant(value) !== undefined;
  }
  defaultMessage({ property: name }: ValidationArguments): string {
    return `${name} must be a moment in UTC like 2026-11-24T03:00:00Z`;
  }
}

/** ISO 8601 moment in UTC. */
export const OptionalMoment = (about: About): PropertyDecorator =>
  applyDecorators(property(false, { type: String, format: 'date-time', ...about }), Validate(IsInstant));

const textList = (required: boolean, { description, max }: TextRules): PropertyDecorator =>
  applyDecorators(
    property(required, {
      type: 'array',
      items: { type: 'string', minLength: 1, maxLength: max },
      description,
      maxItems: 50,
    }),
    IsArray(),
    ArrayMaxSize(50),
    IsString({ each: true }),
    Length(1, max, { each: true }),
  );

export const TextList = (rules: TextRules): PropertyDecorator => textList(true, rules);
export const OptionalTextList = (rules: TextRules): PropertyDecorator => textList(false, rules);

interface ListRules extends About {
  readonly min?: number;
  readonly max: number;
}

const listOf = (
  required: boolean,
  item: new () => object,
  { description, min = 0, max }: ListRules,
): PropertyDecorator =>
  applyDecorators(
    property(required, { type: item, isArray: true, description, minItems: min, maxItems: max }),
    IsArray(),
    ArrayMinSize(min),
    ArrayMaxSize(max),
    ValidateNested({ each: true }),
    Type(() => item),
  );

/** Objects of one class. */
export const ListOf = (item: new () => object, rules: ListRules): PropertyDecorator => listOf(true, item, rules);
export const OptionalListOf = (item: new () => object, rules: ListRules): PropertyDecorator =>
  listOf(false, item, rules);
