import { encodeSealFile, ROOT_KEY_LENGTH, rootKeyId, SecretBytes } from '@claviger/crypto';
import { createPrivateFile } from '@claviger/platform';
import type { SharePlan } from '@claviger/ports';
import { privateFileOf, type SealFilePlace } from './file.js';
import { newShareSet } from './share-set.js';

/**
 * Makes a seal file with a new root key (mode 0600, missing folders 0700, durable on return) and the shares that open it, in the order
 * of their indexes. They are nowhere else: the caller owns them, hands each to another person and wipes it. A file that exists is never
 * touched.
 *
 * @throws RangeError for a plan that is none; PrivateFileError
 */
export async function createSharesSeal(plan: SharePlan, place: SealFilePlace): Promise<readonly SecretBytes[]> {
  const { random } = place;
  const { unlock, key, shares } = await newShareSet(plan, random);
  using unlockKey = key;
  using root = SecretBytes.take(random(ROOT_KEY_LENGTH));
  const header = { format: 'claviger-seal', version: 1, root: root.use(rootKeyId), rotation: null, unlock } as const;
  createPrivateFile(privateFileOf(place), encodeSealFile(header, { current: root }, unlockKey, random), random);
  return shares;
}
