export type { EventStoreDbOptions, Timing } from './options.js';
export { EventStoreDbEventStore } from './store.js';
