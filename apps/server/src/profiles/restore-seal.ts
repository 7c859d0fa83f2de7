import { existsSync } from 'node:fs';
import { openKeyFileSeal } from '@claviger/adapters/seal-keyfile';
import type { Ids, Settings } from '@claviger/platform';
import type { Seal } from '@claviger/ports';

/** The seal, where it opens without anybody's help. A restore does without it; the next start does not. */
export function sealAtHand({ seal, sealKeyfile, data }: Settings, ids: Ids): Seal | undefined {
  if (seal !== 'keyfile' || !existsSync(sealKeyfile)) return undefined;
  return openKeyFileSeal(sealKeyfile, { dataFolder: data, random: (length) => ids.random(length) });
}
