import { randomBytes } from 'node:crypto';
import { SecretBytes } from '@claviger/crypto';
import { sealConformance } from './conformance.js';
import { InMemorySeal } from './in-memory.js';

sealConformance('in memory', async () => {
  const root = SecretBytes.take(randomBytes(32));
  return {
    seal: new InMemorySeal(randomBytes, root),
    again: async () => new InMemorySeal(randomBytes, root),
    stranger: async () => new InMemorySeal(randomBytes),
    dispose: async () => root.wipe(),
  };
});
