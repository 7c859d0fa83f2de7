export { openSqliteSealedStore, type SqliteSealedStoreOptions, SqliteSealedStore } from './store.js';
