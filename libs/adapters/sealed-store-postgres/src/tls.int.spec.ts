import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonLogger, SystemClock } from '@claviger/platform';
import { makeCertificate, opensslVersion } from '../../../../test/servers/postgres/certificate.js';
import { POSTGRES_MISSING, postgresVersion } from '../../../../test/servers/postgres/programs.js';
import { PostgresServer } from '../../../../test/servers/postgres/server.js';
import { requireExternal } from '../../../../test/support/external.js';
import type { PostgresSealedStoreOptions, PostgresTls } from './options.js';
import { migratePostgresSealedStore } from './schema.js';
import { openPostgresSealedStore } from './store.js';

jest.setTimeout(60_000);

const version = opensslVersion() === undefined ? undefined : postgresVersion();
const reason = `${POSTGRES_MISSING}; or openssl, which makes the certificate`;

requireExternal(
  'PostgreSQL over TLS',
  version,
  reason,
)('the sealed store over TLS', () => {
  let folder: string;
  let server: PostgresServer;
  let certificate: string;
  let other: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'clv-tls-'));
    chmodSync(folder, 0o755);
    const own = makeCertificate(folder, 'db.claviger.test');
    certificate = own.certificate;
    other = makeCertificate(folder, 'other.claviger.test').certificate;
    server = await PostgresServer.start({ tls: own });
    await server.createDatabase();
  });

  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  const optionsWith = (tls: PostgresTls): PostgresSealedStoreOptions => {
    const { host, port, user, passwordFile } = server;
    const logger = new JsonLogger({ clock: new SystemClock(), level: 'error', sink: () => undefined });
    return { host, port, user, passwordFile, database: 'test_1', logger, tls };
  };

  it('is opened over TLS when the server’s certificate is trusted and carries its name', async () => {
    const options = optionsWith({ caFile: certificate, serverName: 'db.claviger.test' });
    await migratePostgresSealedStore(options);
    const store = await openPostgresSealedStore(options);
    expect(await store.list('material', '', 1)).toEqual([]);
    const connections = await server.query(
      'test_1',
      `SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'claviger-sealed-store'`,
    );
    expect(connections).toEqual([{ ssl: true }]);
    await store.close();
  });

  it.each([
    ['no known authority has signed', {}],
    ['another authority has signed', { caFile: () => other, serverName: 'db.claviger.test' }],
    ['carries another name', { caFile: () => certificate, serverName: 'elsewhere.claviger.test' }],
    ['does not carry the address that stands for the name', { caFile: () => certificate }],
  ] as const)('refuses a certificate that %s', async (_, tls: { caFile?: () => string; serverName?: string }) => {
    const { caFile, serverName } = tls;
    const options = optionsWith({ ...(caFile && { caFile: caFile() }), ...(serverName && { serverName }) });
    await expect(openPostgresSealedStore(options)).rejects.toMatchObject({
      name: 'SealedStoreUnavailable',
      reason: 'io',
    });
  });
});
