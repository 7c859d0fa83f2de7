export { migratePostgresSealedStore } from './schema.js';
export type { PostgresSealedStoreOptions, PostgresTls } from './options.js';
export { openPostgresSealedStore } from './store.js';
