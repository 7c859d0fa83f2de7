import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migratePostgresSealedStore, openPostgresSealedStore } from '@claviger/adapters/sealed-store-postgres';
import { SecretBytes } from '@claviger/crypto';
import { JsonLogger, loadSettings, type Settings, SystemIds } from '@claviger/platform';
import { InMemorySeal, SealedSecrets } from '@claviger/ports';
import { FakeClock } from '@claviger/testing';
import { POSTGRES_MISSING, postgresVersion } from '../../../../test/servers/postgres/programs.js';
import { PostgresServer } from '../../../../test/servers/postgres/server.js';
import { requireExternal } from '../../../../test/support/external.js';
import { type FoundSeal, openSeal } from './seal.js';
import { openSystemKeys } from './system-keys.js';

jest.setTimeout(60_000);

const clock = new FakeClock();
const ids = new SystemIds(clock);
const logger = new JsonLogger({ clock, level: 'error', sink: () => undefined });
const NEVER =
  /^CLAVIGER_SEAL(_KEY)?_?FILE: expected the file that opens .* It is never made anew for data that exists\.$/;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'claviger-seal-'));
  mkdirSync(join(folder, 'data'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function settingsOf(more: Readonly<Record<string, string>>): Settings {
  const env = {
    CLAVIGER_DATA: join(folder, 'data'),
    CLAVIGER_SEAL_KEYFILE: join(folder, 'seal', 'root.key'),
    CLAVIGER_SEAL_FILE: join(folder, 'seal', 'root.seal'),
    CLAVIGER_ANCHOR: join(folder, 'anchor'),
    ...more,
  };
  return loadSettings(env, () => '').settings;
}

const find = (settings: Settings): Promise<FoundSeal> => openSeal(settings, { clock, ids, logger });

describe('the seal as a node finds it', () => {
  it.each(['passphrase', 'shares'])(
    'waits for somebody to make it where there is neither file nor data: %s',
    async (seal) => {
      writeFileSync(join(folder, 'data', 'lock.db'), '');
      expect(await find(settingsOf({ CLAVIGER_SEAL: seal }))).toMatchObject({ state: 'not-initialised', kind: seal });
      expect(existsSync(join(folder, 'seal'))).toBe(false);
    },
  );

  it.each(['keyfile', 'passphrase', 'shares'])('is refused where there is data and no file: %s', async (seal) => {
    writeFileSync(join(folder, 'data', 'sealed.db'), '');
    await expect(find(settingsOf({ CLAVIGER_SEAL: seal }))).rejects.toThrow(NEVER);
    expect(existsSync(join(folder, 'seal'))).toBe(false);
  });

  it('is refused when data came between the finding and the making of it', async () => {
    const found = await find(settingsOf({ CLAVIGER_SEAL: 'shares' }));
    writeFileSync(join(folder, 'data', 'sealed.db'), '');
    if (found.state !== 'not-initialised' || found.kind !== 'shares') throw new Error(found.state);
    await expect(found.init({ shares: 3, threshold: 2 })).rejects.toThrow(NEVER);
  });

  it('is refused when its file is of another kind', async () => {
    const found = await find(settingsOf({ CLAVIGER_SEAL: 'shares' }));
    if (found.state !== 'not-initialised' || found.kind !== 'shares') throw new Error(found.state);
    await found.init({ shares: 3, threshold: 2 });
    expect(await find(settingsOf({ CLAVIGER_SEAL: 'shares' }))).toMatchObject({ state: 'sealed' });
    await expect(find(settingsOf({ CLAVIGER_SEAL: 'passphrase' }))).rejects.toThrow(
      'the seal file opens by shares, not by a passphrase',
    );
  });
});

requireExternal(
  'PostgreSQL',
  postgresVersion(),
  POSTGRES_MISSING,
)('the seal of a node among others', () => {
  let server: PostgresServer;
  let cluster: Readonly<Record<string, string>>;

  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server?.stop());

  beforeEach(async () => {
    const { host, port, user, passwordFile } = server;
    const database = await server.createDatabase();
    cluster = {
      CLAVIGER_PROFILE: 'cluster',
      CLAVIGER_EVENTSTORE_URL: 'esdb://127.0.0.1:2113?tls=false',
      CLAVIGER_REDIS_URL: 'redis://127.0.0.1',
      CLAVIGER_POSTGRES_URL: `postgres://${user}@${host}:${port}/${database}`,
      CLAVIGER_POSTGRES_PASSWORD_FILE: passwordFile,
    };
    await migratePostgresSealedStore({ host, port, user, passwordFile, database, logger });
  });

  /** As another node does at its first start. */
  async function anotherNodeHasStarted(): Promise<void> {
    const { host, port, user, passwordFile } = server;
    const database = new URL(cluster['CLAVIGER_POSTGRES_URL'] ?? '').pathname.slice(1);
    const store = await openPostgresSealedStore({ host, port, user, passwordFile, database, logger });
    try {
      await openSystemKeys(new SealedSecrets(store, new InMemorySeal(randomBytes), randomBytes), ids);
    } finally {
      await store.close();
    }
  }

  it.each(['passphrase', 'shares'])(
    'waits to be made while nothing is sealed, and is refused as soon as another node has: %s',
    async (seal) => {
      const settings = settingsOf({ ...cluster, CLAVIGER_SEAL: seal });
      const found = await find(settings);
      expect(found).toMatchObject({ state: 'not-initialised', kind: seal });
      await anotherNodeHasStarted();
      await expect(find(settings)).rejects.toThrow(NEVER);
      if (found.state !== 'not-initialised') throw new Error(found.state);
      using passphrase = SecretBytes.take(Buffer.from('correct horse battery'));
      const made = found.kind === 'shares' ? found.init({ shares: 2, threshold: 2 }) : found.init(passphrase);
      await expect(made).rejects.toThrow(NEVER);
      expect(existsSync(settings.sealFile)).toBe(false);
    },
  );

  it('has no key file made for it where another node has sealed something', async () => {
    await anotherNodeHasStarted();
    const settings = settingsOf({ ...cluster, CLAVIGER_SEAL: 'keyfile' });
    await expect(find(settings)).rejects.toThrow(NEVER);
    expect(existsSync(settings.sealKeyfile)).toBe(false);
  });

  it('that opens nothing of what others have sealed makes no key anew', async () => {
    await anotherNodeHasStarted();
    const { host, port, user, passwordFile } = server;
    const database = new URL(cluster['CLAVIGER_POSTGRES_URL'] ?? '').pathname.slice(1);
    const store = await openPostgresSealedStore({ host, port, user, passwordFile, database, logger });
    try {
      const before = await store.list('system-key', '', 100);
      const secrets = new SealedSecrets(store, new InMemorySeal(randomBytes), randomBytes);
      await expect(openSystemKeys(secrets, ids)).rejects.toMatchObject({ name: 'SealedRecordInvalid' });
      expect(await store.list('system-key', '', 100)).toEqual(before);
    } finally {
      await store.close();
    }
  });
});
