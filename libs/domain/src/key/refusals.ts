import { KmsError } from '../errors.js';
import type { KeyCommand } from './commands.js';
import type { KeyAttributes, VersionState, VersionStatus } from './state.js';

/** Refusals of commands and uses. Sentences about a whole key are the ones that AWS clients know. */

export const statusInWords = (status: VersionStatus): string => status.toLowerCase().replaceAll('_', ' ');

export const noSuchKey = (arn: string | undefined, operation: string): KmsError =>
  arn === undefined
    ? new KmsError('NotFound', 'The key does not exist', { operation })
    : new KmsError('NotFound', `Key '${arn}' does not exist`, { resource: arn, state: 'deleted', operation });

export const keyIsDisabled = (key: KeyAttributes, operation: string): KmsError =>
  new KmsError('Disabled', `${key.arn} is disabled.`, { resource: key.arn, state: 'disabled', operation });

export const keyIsPendingDeletion = (key: KeyAttributes, operation: string): KmsError =>
  new KmsError('InvalidKeyState', `${key.arn} is pending deletion.`, {
    resource: key.arn,
    state: key.destructionStartedAt === null ? 'pending_deletion' : 'destruction_started',
    operation,
  });

export const invalidKeyState = (key: KeyAttributes, operation: string, state: string, message: string): KmsError =>
  new KmsError('InvalidKeyState', message, { resource: key.arn, state, operation });

export const noSuchVersion = (key: KeyAttributes, version: number, operation: string): KmsError =>
  new KmsError('NotFound', `Version ${version} of key '${key.arn}' does not exist`, { resource: key.arn, operation });

/** `why` completes the sentence: `Version 2 of <arn> is retired; <why>.` */
export function invalidVersionState(
  key: KeyAttributes,
  version: VersionState,
  operation: string,
  why?: string,
): KmsError {
  const { status, destructionStartedAt } = version;
  const doomed = destructionStartedAt !== null && status !== 'DELETED';
  const words = doomed ? 'being destroyed' : statusInWords(status);
  const message = `Version ${version.version} of ${key.arn} is ${words}${why === undefined ? '' : `; ${why}`}.`;
  return invalidKeyState(key, operation, doomed ? 'destruction_started' : status.toLowerCase(), message);
}

export const invalid = (argument: string, expected: string, found: string, operation?: KeyCommand['type']): KmsError =>
  new KmsError('Validation', `${argument}: expected ${expected}, found ${found}.`, {
    argument,
    expected,
    found,
    ...(operation === undefined ? {} : { operation }),
  });
