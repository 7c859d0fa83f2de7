import { eventStoreConformance } from './conformance.js';
import { InMemoryEventStore } from './in-memory.js';

eventStoreConformance('in memory', async () => ({ store: new InMemoryEventStore(), dispose: async () => undefined }));
