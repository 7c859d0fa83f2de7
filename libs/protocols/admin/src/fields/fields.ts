import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsInt, IsISO8601, IsOptional, IsString, Length, Matches, Max, Min, ValidateIf } from 'class-validator';

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
    property(required, { type: String, description, minLength: min, maxLength: max, ...(pattern && { pattern: pattern.source }), ...(example === undefined ? {} : { example }) }),
    IsString(),
    Length(min, max),
    ...(pattern === undefined ? [] : [Matches(pattern)]),
  );

export const Text = (rules: TextRules): PropertyDecorator => text(true, rules);
export const OptionalText = (rules: TextRules): PropertyDecorator => text(false, rules);

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
    property(required, { type: 'integer', description, minimum: min, maximum: max, ...(example === undefined ? {} : { example }) }),
    Type(() => Number),
    IsInt(),
    Min(min),
    Max(max),
  );

export const WholeNumber = (rules: NumberRules): PropertyDecorator => wholeNumber(true, rules);
export const OptionalWholeNumber = (rules: NumberRules): PropertyDecorator => wholeNumber(false, rules);

const oneOf = (required: boolean, values: readonly string[], about: About): PropertyDecorator =>
  applyDecorators(property(required, { enum: [...values], ...about }), IsIn([...values]));

export const OneOf = (values: readonly string[], about: About): PropertyDecorator => oneOf(true, values, about);
export const OptionalOneOf = (values: readonly string[], about: About): PropertyDecorator => oneOf(false, values, about);

export const OptionalFlag = (about: About): PropertyDecorator =>
  applyDecorators(property(false, { type: Boolean, ...about }), IsBoolean());

/** ISO 8601 duration; the domain checks its meaning. */
export const DurationText = (about: About): PropertyDecorator => text(true, { ...about, min: 2, max: 64, pattern: /^P[0-9YMWDTHS]+$/ });
export const OptionalDurationText = (about: About): PropertyDecorator => text(false, { ...about, min: 2, max: 64, pattern: /^P[0-9YMWDTHS]+$/ });

/** ISO 8601 moment. */
export const OptionalMoment = (about: About): PropertyDecorator =>
  applyDecorators(property(false, { type: String, format: 'date-time', ...about }), IsISO8601({ strict: true }));

export const OptionalTextList = ({ description, max }: TextRules): PropertyDecorator =>
  applyDecorators(
    property(false, { type: String, isArray: true, description, maxItems: 50 }),
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? [value] : value)),
    IsArray(),
    ArrayMaxSize(50),
    IsString({ each: true }),
    Length(1, max, { each: true }),
  );
