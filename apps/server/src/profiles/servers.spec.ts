import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonLogger, SystemClock } from '@claviger/platform';
import { eventStoreConnection, postgresOf, redisOf, ServerAddressInvalid } from './servers.js';

const logger = new JsonLogger({ clock: new SystemClock(), level: 'error', sink: () => undefined });
const postgres = (url: string) => postgresOf({ url, passwordFile: null }, logger);

describe('addresses of a cluster’s servers', () => {
  let folder: string;
  let passwordFile: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-addresses-'));
    passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, 'p@ss/word\n');
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('gives EventStoreDB its user and password in the connection string, and nothing where no user is named', () => {
    const url = 'esdb+discover://one:2113,two:2113?tls=true';
    expect(eventStoreConnection({ url, user: 'claviger', passwordFile })).toBe(
      'esdb+discover://claviger:p%40ss%2Fword@one:2113,two:2113?tls=true',
    );
    expect(eventStoreConnection({ url, user: null, passwordFile: null })).toBe(url);
  });

  it('reads host, port, database, user and TLS of Redis', () => {
    expect(redisOf({ url: 'rediss://me@[::1]:7000/3', passwordFile })).toEqual({
      host: '::1',
      port: 7000,
      db: 3,
      username: 'me',
      password: 'p@ss/word',
      tls: {},
    });
    expect(redisOf({ url: 'redis://cache', passwordFile: null })).toEqual({ host: 'cache', port: 6379, db: 0 });
  });

  it('reads PostgreSQL as libpq would: a socket, certificates, the user’s name for the database', () => {
    expect(postgres('postgres://me@localhost?host=/run/postgresql')).toMatchObject({
      host: '/run/postgresql',
      port: 5432,
      database: 'me',
      user: 'me',
    });
    expect(postgres('postgres://me@db.example:6000/kms?sslrootcert=/ca.pem')).toMatchObject({
      host: 'db.example',
      port: 6000,
      database: 'kms',
      tls: { caFile: '/ca.pem' },
    });
    expect(postgres('postgres://me@db.example/kms?sslmode=verify-full')).toMatchObject({ tls: {} });
  });

  it.each([
    'postgres://me@10.0.0.1/kms',
    'postgres://me@db.example/kms',
    'postgres://me@db.example/kms?sslmode=prefer',
  ])('refuses %s, in words of the setting: a password would travel in clear', (url) => {
    expect(() => postgres(url)).toThrow(ServerAddressInvalid);
    expect(() => postgres(url)).toThrow(
      /CLAVIGER_POSTGRES_URL: expected \?sslmode=verify-full .* found .* without TLS/,
    );
  });

  it('refuses an option that it does not know, and a password file that cannot be read', () => {
    expect(() => postgres('postgres://me@localhost/kms?password=secret')).toThrow(/^(?!.*secret).*found another$/);
    const gone = join(folder, 'gone');
    expect(() => redisOf({ url: 'redis://localhost', passwordFile: gone })).toThrow(
      /CLAVIGER_REDIS_PASSWORD_FILE: expected a file that can be read, found .+ at .+gone/,
    );
  });
});
