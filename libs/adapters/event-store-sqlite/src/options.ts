import type { Logger } from '@claviger/platform';
import type { DatabaseSync } from 'node:sqlite';

export interface SqliteEventStoreOptions {
  /** Made with mode 0600 if it does not exist. SQLite keeps `-wal` and `-shm` beside it. */
  readonly path: string;
  readonly logger?: Logger;
  /** Another connection has committed to the file since this one last looked. Nothing kept in memory about it is certain any more. */
  readonly onForeignWrite?: () => void;
  readonly faults?: StoreFaults;
}

/** Where tests make the store fail. Whatever a hook throws counts as SQLite's own error at that place. */
export interface StoreFaults {
  opened?(db: DatabaseSync): void;
  /** Before each event; inside the transaction of its group. */
  beforeInsert?(stream: string, revision: number): void;
  beforeCommit?(): void;
  /** The group is durable, its callers do not know it yet. */
  afterCommit?(): void;
}
