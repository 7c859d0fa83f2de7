import type { RandomSource } from '@claviger/crypto';
import { keyFilesOf } from './key-files.js';
import { KeyFileSeal } from './seal.js';

export interface KeyFileSealOptions {
  /** The key file must not lie in here. */
  readonly dataFolder: string;
  /** Draws the nonces of what is wrapped. */
  readonly random: RandomSource;
}

/**
 * Opens the seal over a key file that {@link createKeyFile} made. Never makes one.
 *
 * @throws PrivateFileError when there is no such file, others have a right to it or can replace it, it is no regular file, lies in the
 *   data folder or has another format
 */
export function openKeyFileSeal(path: string, options: KeyFileSealOptions): KeyFileSeal {
  return new KeyFileSeal(keyFilesOf(path, options.dataFolder), options.random);
}
