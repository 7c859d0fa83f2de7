import type { RandomSource } from '@claviger/crypto';
import type { PrivateFile } from '@claviger/platform';
import type { Hsm } from '@claviger/ports';

export interface Pkcs11SealOptions {
  /** The token. Used while the seal is made or opened, and not afterwards. */
  readonly hsm: Hsm;
  /** Its label, for people. */
  readonly token: string;
  /** The seal file. */
  readonly path: string;
  /** The seal file must not lie in here. */
  readonly dataFolder: string;
  readonly random: RandomSource;
}

export const MOST_BYTES = 64 * 1024;

export function privateFileOf({ path, dataFolder }: Pick<Pkcs11SealOptions, 'path' | 'dataFolder'>): PrivateFile {
  return { kind: 'seal file', path, outside: dataFolder };
}
