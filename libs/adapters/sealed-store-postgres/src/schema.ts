import { SealedStoreUnavailable } from '@claviger/ports';
import { Client, type ClientBase } from 'pg';
import { asUnavailable } from './failure.js';
import { clientConfigOf, placeOf, type PostgresSealedStoreOptions } from './options.js';
import { prepareSession } from './session.js';

/** "Clvs" and 1: the advisory lock under which one process at a time looks at the schema and changes it. */
const LOCK = 0x436c7673_01n;

/**
 * One entry per version, oldest first; released ones are never changed. Rows are never deleted: a destroyed one stays as the
 * tombstone of its reference. Ciphertext does not compress, so PostgreSQL is told not to try.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE claviger.sealed (
     reference text COLLATE "C" PRIMARY KEY,
     kind text NOT NULL,
     destroyed boolean NOT NULL,
     about text NOT NULL,
     wrapped_key bytea NOT NULL,
     blob bytea NOT NULL
   );
   ALTER TABLE claviger.sealed ALTER COLUMN blob SET STORAGE EXTERNAL;
   CREATE INDEX sealed_by_kind ON claviger.sealed (kind, reference) WHERE NOT destroyed;`,
];

/**
 * Brings the schema `claviger` of the database to the version of this program. Idempotent; several processes may run it at once. The
 * role needs CREATE on the database the first time; the role of the service itself needs only SELECT, INSERT and UPDATE on the table
 * and SELECT on `claviger.sealed_schema`.
 *
 * @throws SealedStoreUnavailable, also (`damaged`) when the schema is newer than this program
 */
export async function migratePostgresSealedStore(options: PostgresSealedStoreOptions): Promise<void> {
  const client = new Client(clientConfigOf(options)); // RangeErrors stay RangeErrors
  client.on('error', () => undefined); // the statement that runs learns of it
  try {
    await client.connect();
    await prepareSession(client, options);
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK.toString()]);
    await ensureVersionTable(client);
    const version = await versionOf(client);
    if (version > MIGRATIONS.length) throw newerThan(version, options);
    for (const [i, sql] of MIGRATIONS.entries()) {
      if (i < version) continue;
      await client.query(sql);
      await client.query('INSERT INTO claviger.sealed_schema (version) VALUES ($1)', [i + 1]);
    }
    await client.query('COMMIT');
  } catch (error) {
    throw asUnavailable(error, placeOf(options));
  } finally {
    await client.end().catch(() => undefined); // ends the transaction too, if it still runs
  }
}

/** @throws SealedStoreUnavailable (`damaged`) unless the schema has the version of this program */
export async function requireSchema(
  client: Pick<ClientBase, 'query'>,
  options: PostgresSealedStoreOptions,
): Promise<void> {
  const version = (await hasVersionTable(client)) ? await versionOf(client) : 0;
  if (version > MIGRATIONS.length) throw newerThan(version, options);
  if (version < MIGRATIONS.length) {
    throw new SealedStoreUnavailable(
      'damaged',
      `${placeOf(options)} has schema version ${version}, expected ${MIGRATIONS.length}: it has to be migrated first`,
    );
  }
}

async function ensureVersionTable(client: ClientBase): Promise<void> {
  if (await hasVersionTable(client)) return;
  await client.query('CREATE SCHEMA IF NOT EXISTS claviger');
  await client.query(
    'CREATE TABLE claviger.sealed_schema (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
  );
}

async function hasVersionTable(client: Pick<ClientBase, 'query'>): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [
    'claviger.sealed_schema',
  ]);
  return rows[0]?.found === true;
}

async function versionOf(client: Pick<ClientBase, 'query'>): Promise<number> {
  const { rows } = await client.query<{ version: number | null }>(
    'SELECT max(version) AS version FROM claviger.sealed_schema',
  );
  return rows[0]?.version ?? 0;
}

function newerThan(version: number, options: PostgresSealedStoreOptions): SealedStoreUnavailable {
  return new SealedStoreUnavailable(
    'damaged',
    `${placeOf(options)} has schema version ${version}, this program knows ${MIGRATIONS.length}`,
  );
}
