export { openSqliteSealedStore, type SqliteSealedStoreOptions } from './store.js';
