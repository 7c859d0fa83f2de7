import { randomBytes } from 'node:crypto';
import { InMemorySeal, InMemorySealedStore, SealedSecrets, type SealedShelf } from '@claviger/ports';
import { hsmConformance } from '@claviger/ports/testing';
import { SoftwareHsm } from './hsm.js';

hsmConformance('software, in memory', async () => {
  const shelf: SealedShelf = new Map();
  const seal = new InMemorySeal(randomBytes);
  const open = (): SoftwareHsm =>
    new SoftwareHsm({
      secrets: new SealedSecrets(new InMemorySealedStore(shelf), seal, randomBytes),
      random: randomBytes,
    });
  return {
    hsm: open(),
    another: async () => open(),
    tamper: async (reference) => {
      const record = shelf.get(reference);
      if (record === undefined || record === 'destroyed') throw new Error('nothing to change');
      const blob = Uint8Array.from(record.blob);
      blob[30] = (blob[30] ?? 0) ^ 1;
      shelf.set(reference, { ...record, blob });
    },
    dispose: async () => {},
  };
});
