import { randomBytes } from 'node:crypto';
import { SecretBytes } from '@claviger/crypto';
import { sealConformance } from './conformance.js';
import { InMemorySeal, type RootShelf } from './in-memory.js';
import { rootRotationConformance } from './conformance/rotation.js';

sealConformance('in memory', async () => {
  const root = SecretBytes.take(randomBytes(32));
  return {
    seal: new InMemorySeal(randomBytes, root),
    again: async () => new InMemorySeal(randomBytes, root),
    stranger: async () => new InMemorySeal(randomBytes),
    dispose: async () => root.wipe(),
  };
});

rootRotationConformance('in memory', async () => {
  const shelf: RootShelf = { current: randomBytes(32) };
  return {
    seal: new InMemorySeal(randomBytes, shelf),
    another: async () => new InMemorySeal(randomBytes, shelf),
    dispose: async () => undefined,
  };
});
