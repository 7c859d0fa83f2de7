import { KmsError } from '@claviger/domain';
import type { ValidationError } from 'class-validator';
import { isSecretField } from '../fields/fields.js';

/** Values of this form can be told back: words of lists, dates, durations. Anything else may be what it should not be: a secret. */
const TELLABLE = /^[A-Za-z][A-Za-z_-]{0,31}$|^[0-9A-Z:.+-]{1,24}$/;
const MOST_TELLABLE = 24;

/** The first thing that is wrong, as a sentence: argument, expectation, finding. */
export function refusalOf(error: ValidationError): KmsError {
  const { path, expected, value, unknown } = firstOf(error, '');
  if (unknown) {
    return new KmsError('Validation', `${path} is not a member that this operation knows.`, { argument: path });
  }
  if (isSecretField(path)) return new KmsError('Validation', `${expected}.`, { argument: path, expected });
  const found = describe(value);
  return new KmsError('Validation', `${expected}; found ${found}.`, { argument: path, expected, found });
}

interface First {
  readonly path: string;
  readonly expected: string;
  readonly value: unknown;
  readonly unknown: boolean;
}

function firstOf(error: ValidationError, parent: string): First {
  // Names come from the caller: bounded, and never a line of their own in a log.
  const name = JSON.stringify(error.property.slice(0, 64)).slice(1, -1);
  const path = parent === '' ? name : `${parent}.${name}`;
  const [child] = error.children ?? [];
  if (child !== undefined) return firstOf(child, path);
  const [[rule, message] = ['', `${name} is not valid`]] = Object.entries(error.constraints ?? {});
  // The checker speaks of the last member only.
  const expected = message.startsWith(`each value in ${error.property}`)
    ? message.replace(`each value in ${error.property}`, `each value in ${path}`)
    : message.replace(error.property, path);
  return { path, expected, value: error.value as unknown, unknown: rule === 'whitelistValidation' };
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (typeof value === 'string') {
    return value.length <= MOST_TELLABLE && TELLABLE.test(value)
      ? JSON.stringify(value)
      : `a text of ${value.length} characters`;
  }
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return 'an object';
}
