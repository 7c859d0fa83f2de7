import { KmsError } from '@claviger/domain';
import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { gatherPairs } from './pairs.js';
import { refusalOf } from './refusal.js';

/** Parameters whose type says nothing: interfaces, unions, `unknown`. */
const PLAIN: ReadonlySet<unknown> = new Set([Object, String, Number, Boolean, Array, undefined]);

/**
 * Bodies and queries become instances of their classes, or are refused: unknown members too, because a misspelt filter or option that is
 * silently left out does something else than its caller believes.
 */
@Injectable()
export class ValidationPipe implements PipeTransform {
  /** @throws KmsError Validation naming argument, expectation and finding */
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if ((type !== 'body' && type !== 'query') || metatype === undefined || PLAIN.has(metatype)) return value;
    const plain = value ?? {};
    if (!isRecord(plain)) throw new KmsError('Validation', `The ${type} must be a JSON object.`, { argument: type });
    return checked(metatype, type === 'query' ? gatherPairs(prototypeOf(metatype), plain) : plain);
  }
}

function checked<T extends object>(metatype: Type<T>, plain: Readonly<Record<string, unknown>>): T {
  const instance = plainToInstance(metatype, plain);
  const errors = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: true },
  });
  const [first] = errors;
  if (first !== undefined) throw refusalOf(first);
  return instance;
}

const prototypeOf = (metatype: Type): object => metatype.prototype as object;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
