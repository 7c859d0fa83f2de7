import { sealedStoreConformance } from './conformance.js';
import { InMemorySealedStore, type SealedShelf } from './in-memory.js';

sealedStoreConformance('in memory', async () => {
  const shelf: SealedShelf = new Map();
  let current = new InMemorySealedStore(shelf);
  return {
    store: current,
    reopen: async () => {
      await current.close();
      current = new InMemorySealedStore(shelf);
      return current;
    },
    dispose: () => current.close(),
  };
});
