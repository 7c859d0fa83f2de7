/** Tables of the key state file. Everything in it can be rebuilt from the events; a change here needs a new SCHEMA_VERSION and a rebuild. */
export const SCHEMA_VERSION = 3;

/**
 * Keys have a rowid: in a table without one, a row of more than a quarter of a page takes a page of its own, and with policies keys do.
 */
export const SCHEMA = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL, mac BLOB) STRICT, WITHOUT ROWID;
CREATE TABLE heads (stream TEXT PRIMARY KEY, revision INTEGER NOT NULL, mac BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE faults (
  stream TEXT PRIMARY KEY, reason TEXT NOT NULL, newer_type TEXT, newer_version INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE keys (
  key_id TEXT PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, created_at INTEGER NOT NULL,
  environment TEXT NOT NULL, data_class TEXT NOT NULL, usage TEXT NOT NULL, spec TEXT NOT NULL, status TEXT NOT NULL,
  owner TEXT, due_at INTEGER, revision INTEGER NOT NULL, body TEXT NOT NULL, mac BLOB NOT NULL
) STRICT;
CREATE INDEX keys_by_scope ON keys (account, region, key_id);
CREATE INDEX keys_by_due ON keys (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX keys_by_purpose ON keys (account, region, environment, data_class, usage);
CREATE TABLE versions (
  key_id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL, mac BLOB NOT NULL, PRIMARY KEY (key_id, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE aliases (
  account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, key_id TEXT, revision INTEGER NOT NULL,
  body TEXT NOT NULL, mac BLOB NOT NULL, PRIMARY KEY (account, region, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_by_key ON aliases (key_id, name) WHERE key_id IS NOT NULL;
CREATE TABLE principals (
  principal_id TEXT PRIMARY KEY, account TEXT NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL, mac BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE access_keys (access_key_id TEXT PRIMARY KEY, principal_id TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE tokens (hash TEXT PRIMARY KEY, principal_id TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE accounts (account TEXT PRIMARY KEY, revision INTEGER NOT NULL, body TEXT NOT NULL, mac BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE uses (stream TEXT PRIMARY KEY, revision INTEGER NOT NULL, body TEXT NOT NULL, mac BLOB NOT NULL) STRICT, WITHOUT ROWID;
`;

/** All tables, for a file that takes over the rows of another. */
export const TABLES = [
  'meta',
  'heads',
  'faults',
  'keys',
  'versions',
  'aliases',
  'principals',
  'access_keys',
  'tokens',
  'accounts',
  'uses',
] as const;
