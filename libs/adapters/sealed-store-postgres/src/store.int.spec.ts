import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JsonLogger, SystemClock } from '@claviger/platform';
import type { SealedRecord, SealedStore } from '@claviger/ports';
import { sealedStoreConformance } from '@claviger/ports/testing';
import { POSTGRES_MISSING, postgresVersion } from '../../../../test/servers/postgres/programs.js';
import { Relay } from '../../../../test/servers/postgres/relay.js';
import { PostgresServer } from '../../../../test/servers/postgres/server.js';
import { requireExternal } from '../../../../test/support/external.js';
import type { PostgresSealedStoreOptions } from './options.js';
import { migratePostgresSealedStore } from './schema.js';
import { openPostgresSealedStore } from './store.js';

jest.setTimeout(60_000);

requireExternal(
  'PostgreSQL',
  postgresVersion(),
  POSTGRES_MISSING,
)('the sealed store in PostgreSQL', () => {
  let server: PostgresServer;
  let base: PostgresSealedStoreOptions;
  let options: PostgresSealedStoreOptions;
  const opened: SealedStore[] = [];
  const lines: string[] = [];
  const logger = new JsonLogger({ clock: new SystemClock(), level: 'warn', sink: (line) => lines.push(line) });

  beforeAll(async () => {
    server = await PostgresServer.start();
    const { host, port, user, passwordFile } = server;
    base = { host, port, user, passwordFile, database: await server.createDatabase(), logger };
  });

  afterAll(() => server?.stop());

  /** The database as it was before it was ever migrated: making one takes longer than most tests. */
  async function unmigrated(): Promise<PostgresSealedStoreOptions> {
    await server.query(base.database, 'DROP SCHEMA IF EXISTS claviger CASCADE');
    return base;
  }

  async function migrated(): Promise<PostgresSealedStoreOptions> {
    await migratePostgresSealedStore(await unmigrated());
    return base;
  }

  async function open(changes: Partial<PostgresSealedStoreOptions> = {}): Promise<SealedStore> {
    const store = await openPostgresSealedStore({ ...options, ...changes });
    opened.push(store);
    return store;
  }

  sealedStoreConformance('PostgreSQL', async () => {
    const own = await migrated();
    let store = await openPostgresSealedStore(own);
    return {
      store,
      reopen: async () => {
        await store.close();
        store = await openPostgresSealedStore(own);
        return store;
      },
      dispose: () => store.close(),
    };
  });

  describe('on a server of its own', () => {
    beforeEach(async () => {
      lines.length = 0;
      options = await migrated();
    });

    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
    });

    it('is migrated once, however many processes migrate at the same time', async () => {
      const fresh = await unmigrated();
      await Promise.all(Array.from({ length: 6 }, () => migratePostgresSealedStore(fresh)));
      await migratePostgresSealedStore(fresh);
      const versions = await server.query(fresh.database, 'SELECT version FROM claviger.sealed_schema');
      expect(versions).toEqual([{ version: 1 }]);
    });

    it('refuses a database that was never migrated, and one of a newer program', async () => {
      const fresh = await unmigrated();
      await expect(openPostgresSealedStore(fresh)).rejects.toMatchObject({ reason: 'damaged' });
      await migratePostgresSealedStore(fresh);
      await server.query(options.database, 'INSERT INTO claviger.sealed_schema (version) VALUES (99)');
      await expect(openPostgresSealedStore(options)).rejects.toMatchObject({ reason: 'damaged' });
      await expect(migratePostgresSealedStore(options)).rejects.toMatchObject({ reason: 'damaged' });
    });

    it('overwrites blob and wrapped key of a destroyed record, and has no dead row of it left', async () => {
      const store = await open();
      await store.putIfAbsent(sample(1));
      await store.destroy(sample(1).reference);
      const rows = await server.query(
        options.database,
        `SELECT destroyed, encode(wrapped_key, 'hex') AS wrapped_key, encode(blob, 'hex') AS blob FROM claviger.sealed`,
      );
      expect(rows).toEqual([{ destroyed: true, wrapped_key: '00'.repeat(73), blob: '00'.repeat(9000) }]);
      expect(await deadRows()).toBe(0);
    });

    it('leaves no dead row of wrapped keys that were replaced, once it was closed', async () => {
      const store = await open();
      for (let i = 0; i < 5; i++) {
        await store.putIfAbsent(sample(i));
        await store.replaceWrappedKey(sample(i).reference, sample(i).wrappedKey, new Uint8Array(73));
      }
      await store.close();
      expect(await deadRows()).toBe(0);
    });

    it('destroys also while VACUUM cannot free the dead row, and says so in the log when it fails', async () => {
      const store = await open({ statementWithinMs: 300 });
      await store.putIfAbsent(sample(1));
      const blocking = server.query(
        options.database,
        `DO $$ BEGIN LOCK TABLE claviger.sealed IN SHARE UPDATE EXCLUSIVE MODE; PERFORM pg_sleep(1.5); END $$`,
      );
      await until(async () => (await lockedTables()) > 0);
      await store.destroy(sample(1).reference);
      expect(await store.get(sample(1).reference)).toBeUndefined();
      expect(lines.join('')).toContain('could not be vacuumed');
      await blocking;
    });

    it('gives several processes one record per reference', async () => {
      const { host, port, database, user, passwordFile = '' } = options;
      const program = await compiled('servers/postgres/put-many');
      const address = [host, String(port), database, user, passwordFile];
      const answers = await Promise.all(['a', 'b', 'c', 'd'].map((name) => output([program, ...address, '50', name])));
      expect(new Set(answers).size).toBe(1);
      expect(JSON.parse(answers[0] ?? '[]')).toHaveLength(50);
    });

    it('is unavailable while the server is down, and serves again by itself when it is back', async () => {
      const store = await open();
      await store.putIfAbsent(sample(1));
      await server.kill();
      await expect(store.get(sample(1).reference)).rejects.toMatchObject({
        name: 'SealedStoreUnavailable',
        reason: 'io',
      });
      await server.restart();
      expect((await store.get(sample(1).reference))?.blob).toHaveLength(9000);
      await store.putIfAbsent(sample(2));
    });

    it('repeats a call by itself whose connection was ended while it ran', async () => {
      const store = await open();
      await store.putIfAbsent(sample(1));
      const blocking = server.query(
        options.database,
        `DO $$ BEGIN PERFORM * FROM claviger.sealed FOR UPDATE; PERFORM pg_sleep(1); END $$`,
      );
      await until(async () => (await lockedTables()) > 0);
      const destroyed = store.destroy(sample(1).reference);
      await until(async () => (await terminateWaiting()) > 0);
      await destroyed;
      expect(await store.get(sample(1).reference)).toBeUndefined();
      await blocking;
    });

    it('is not troubled when an idle connection was ended', async () => {
      const store = await open({ connections: 1 });
      await store.putIfAbsent(sample(1));
      await server.query(
        'postgres',
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()',
        [options.database],
      );
      expect((await store.get(sample(1).reference))?.blob).toHaveLength(9000);
    });

    it('is unavailable while the connection is cut, and recovers when it is mended', async () => {
      const relay = await Relay.to(server.port);
      const store = await open({ port: relay.port });
      await store.putIfAbsent(sample(1));
      relay.cut();
      await expect(store.destroy(sample(1).reference)).rejects.toMatchObject({ reason: 'io' });
      relay.mend();
      await store.destroy(sample(1).reference);
      expect(await store.get(sample(1).reference)).toBeUndefined();
      await store.close();
      await relay.close();
    });

    it('does not wait for ever for a server that has fallen silent', async () => {
      const relay = await Relay.to(server.port);
      const store = await open({ port: relay.port, statementWithinMs: 200, connectWithinMs: 500 });
      await store.putIfAbsent(sample(1));
      relay.hang();
      const began = performance.now();
      await expect(store.get(sample(1).reference)).rejects.toMatchObject({ reason: 'io' });
      expect(performance.now() - began).toBeLessThan(5_000);
      relay.mend();
      expect((await store.get(sample(1).reference))?.blob).toHaveLength(9000);
      await store.close();
      await relay.close();
    });

    it('gives up a statement that waits for another’s lock, and says that it is busy', async () => {
      const store = await open({ statementWithinMs: 300 });
      await store.putIfAbsent(sample(1));
      const blocking = server.query(
        options.database,
        `DO $$ BEGIN PERFORM * FROM claviger.sealed FOR UPDATE; PERFORM pg_sleep(1.5); END $$`,
      );
      await until(async () => (await lockedTables()) > 0);
      await expect(store.destroy(sample(1).reference)).rejects.toMatchObject({ reason: 'busy' });
      await blocking;
      await store.destroy(sample(1).reference);
    });

    it('commits durably also where the database has switched that off', async () => {
      await server.query('postgres', `ALTER DATABASE ${options.database} SET synchronous_commit = off`);
      const store = await open();
      await store.putIfAbsent(sample(1));
      await server.kill();
      await server.restart();
      expect((await store.get(sample(1).reference))?.blob).toHaveLength(9000);
    });

    it('takes the password from its file at each connection, and never shows it', async () => {
      const passwordFile = join(server.folder, 'another-password');
      writeFileSync(passwordFile, 'wrong-horse', { mode: 0o600 });
      const refused: unknown = await open({ passwordFile }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ name: 'SealedStoreUnavailable', reason: 'io' });
      expect(String(refused)).not.toContain('wrong-horse');
      writeFileSync(passwordFile, `${server.password}\n`);
      await (await open({ passwordFile })).putIfAbsent(sample(1));
    });

    it('serves a role that may only read and write, and cannot be opened by one that may not', async () => {
      await server.query(options.database, `CREATE ROLE weak LOGIN PASSWORD '${server.password}'`);
      await expect(open({ user: 'weak' })).rejects.toMatchObject({ name: 'SealedStoreUnavailable' });
      await server.query(
        options.database,
        `GRANT USAGE ON SCHEMA claviger TO weak; GRANT SELECT ON claviger.sealed_schema TO weak;
         GRANT SELECT, INSERT, UPDATE ON claviger.sealed TO weak`,
      );
      const store = await open({ user: 'weak' });
      await store.putIfAbsent(sample(1));
      await store.destroy(sample(1).reference);
      expect(await store.get(sample(1).reference)).toBeUndefined();
      await store.close();
    });

    it('refuses a server elsewhere without TLS, and limits that are none', async () => {
      await expect(open({ host: 'db.example.com' })).rejects.toBeInstanceOf(RangeError);
      await expect(open({ connections: 0 })).rejects.toBeInstanceOf(RangeError);
    });

    it('refuses a server that offers no TLS where TLS is asked for', async () => {
      await expect(open({ tls: {} })).rejects.toMatchObject({ name: 'SealedStoreUnavailable', reason: 'io' });
    });

    const deadRows = async (): Promise<number> => {
      await server.query(options.database, 'CREATE EXTENSION IF NOT EXISTS pgstattuple');
      const [row] = await server.query(options.database, `SELECT dead_tuple_count FROM pgstattuple('claviger.sealed')`);
      return Number(row?.['dead_tuple_count']);
    };

    const terminateWaiting = async (): Promise<number> => {
      const rows = await server.query(
        options.database,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'claviger-sealed-store' AND wait_event_type = 'Lock'`,
      );
      return rows.length;
    };

    const lockedTables = async (): Promise<number> => {
      const rows = await server.query(
        options.database,
        `SELECT 1 FROM pg_locks JOIN pg_class ON relation = pg_class.oid
         WHERE relname = 'sealed' AND mode IN ('ShareUpdateExclusiveLock', 'RowShareLock')`,
      );
      return rows.length;
    };
  });
});

/** A record that is too long for one page, so that it lies in the table's TOAST as well. */
function sample(i: number): SealedRecord {
  const filled = (length: number, tag: string): Uint8Array => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 32)
      bytes.set(
        createHash('sha256')
          .update(`${tag} ${i} ${at}`)
          .digest()
          .subarray(0, length - at),
        at,
      );
    return bytes;
  };
  return {
    reference: `0198a000-0000-8000-8000-${i.toString(16).padStart(12, '0')}`,
    kind: 'material',
    wrappedKey: filled(73, 'key'),
    blob: filled(9000, 'blob'),
    about: '{}',
  };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A program of test/ in a form that Node runs. */
async function compiled(name: string): Promise<string> {
  return join((await output([join('test', 'servers', 'build.mjs')])).trim(), 'test', `${name}.js`);
}

/** Standard output of a process of its own. */
function output(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: 'pipe' });
    const chunks: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(chunks).toString());
      else reject(new Error(`exit ${code}: ${Buffer.concat(errors).toString()}`));
    });
  });
}
