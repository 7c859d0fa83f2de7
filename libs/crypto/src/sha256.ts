import { hash } from 'node:crypto';

/** SHA-256 in lower-case hexadecimal (FIPS 180-4). Text is hashed as UTF-8. */
export const sha256Hex = (data: string | Uint8Array): string => hash('sha256', data, 'hex');
