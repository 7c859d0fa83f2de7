import { HmacSha256 } from '@claviger/crypto';
import { AuthenticatedEventStore } from '@claviger/ports';
import { eventStoreConformance } from '@claviger/ports/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventStore } from './store.js';

const files = () => {
  const folder = mkdtempSync(join(tmpdir(), 'event-store-'));
  return { path: join(folder, 'events.db'), dispose: async () => rmSync(folder, { recursive: true }) };
};

eventStoreConformance('SQLite', async () => {
  const { path, dispose } = files();
  const open = () => new SqliteEventStore({ path });
  return { store: open(), reopen: async () => open(), dispose };
});

eventStoreConformance('authenticated, over SQLite', async () => {
  const { path, dispose } = files();
  const open = () =>
    new AuthenticatedEventStore(new SqliteEventStore({ path }), new HmacSha256(new Uint8Array(32).fill(1)));
  return { store: open(), reopen: async () => open(), dispose };
});
