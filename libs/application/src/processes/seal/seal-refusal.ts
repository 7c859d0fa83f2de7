import { KmsError } from '@claviger/domain';
import { PrivateFileError } from '@claviger/platform';
import { Sealed, SealFileInvalid, UnsealRefused } from '@claviger/ports';

/** What a seal refuses, as the caller is told; undefined for what nobody expected. None of its messages quotes what was given. */
export function sealRefusal(error: unknown): KmsError | undefined {
  if (error instanceof UnsealRefused) {
    const argument = error.reason === 'wrong-passphrase' ? 'passphrase' : 'share';
    return new KmsError('Validation', sentence(error.message), { argument, reason: error.reason });
  }
  if (error instanceof RangeError) return new KmsError('Validation', sentence(error.message));
  if (error instanceof PrivateFileError || error instanceof SealFileInvalid || error instanceof Sealed) {
    return new KmsError('Unavailable', sentence(error.message));
  }
  return undefined;
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
