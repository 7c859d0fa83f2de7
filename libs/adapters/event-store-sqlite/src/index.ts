export type { SqliteEventStoreOptions, StoreFaults } from './options.js';
export { SqliteEventStore } from './store.js';
