import { KmsError } from '@claviger/domain';

/** Base64 (RFC 4648 section 4) in its one canonical form. @throws KmsError Validation, which never tells what was found */
export function bytesOf(argument: string, text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') === text) return bytes;
  bytes.fill(0);
  throw new KmsError('Validation', `${argument}: expected Base64 with padding and without line breaks.`, { argument });
}
