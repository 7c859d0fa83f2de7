import type { RandomSource } from '@claviger/crypto';
import { type PrivateFile, sharedPrivateFile } from '@claviger/platform';
import type { SealFileAccess } from '@claviger/ports';

const MOST_BYTES = 64 * 1024;

export interface SealFilePlace {
  readonly path: string;
  /** The seal file must not lie in here. */
  readonly dataFolder: string;
  readonly random: RandomSource;
}

export function privateFileOf({ path, dataFolder }: Pick<SealFilePlace, 'path' | 'dataFolder'>): PrivateFile {
  return { kind: 'seal file', path, outside: dataFolder };
}

export function accessTo(place: SealFilePlace): SealFileAccess {
  return sharedPrivateFile(privateFileOf(place), MOST_BYTES, place.random);
}
