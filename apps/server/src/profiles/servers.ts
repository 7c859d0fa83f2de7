import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import type { RedisSettings } from '@claviger/adapters/queue-bullmq';
import type { PostgresSealedStoreOptions } from '@claviger/adapters/sealed-store-postgres';
import type { ClusterSettings, Logger } from '@claviger/platform';

/** The address of a server of the cluster cannot be used, or the file of its password not be read. Never quotes a password. */
export class ServerAddressInvalid extends Error {
  override readonly name = 'ServerAddressInvalid';
}

const REDIS_PORT = 6379;
const POSTGRES_PORT = 5432;

/** The connection string with its credentials, which the client takes no other way. */
export function eventStoreConnection({ url, user, passwordFile }: ClusterSettings['eventStore']): string {
  if (user === null) return url;
  const password = passwordOf('CLAVIGER_EVENTSTORE_PASSWORD_FILE', passwordFile) ?? '';
  return url.replace('://', `://${encodeURIComponent(user)}:${encodeURIComponent(password)}@`);
}

export function redisOf({ url, passwordFile }: ClusterSettings['redis']): RedisSettings {
  const parsed = parse('CLAVIGER_REDIS_URL', url);
  const password = passwordOf('CLAVIGER_REDIS_PASSWORD_FILE', passwordFile);
  return {
    host: hostOf(parsed),
    port: Number(parsed.port || REDIS_PORT),
    db: Number(parsed.pathname.slice(1) || 0),
    ...(parsed.username !== '' && { username: decodeURIComponent(parsed.username) }),
    ...(password !== undefined && { password }),
    ...(parsed.protocol === 'rediss:' && { tls: {} }),
  };
}

/** TLS where `sslrootcert` or `sslmode` is named, as in libpq; `host` in the query names the folder of a Unix socket. */
export function postgresOf(
  { url, passwordFile }: ClusterSettings['postgres'],
  logger: Logger,
): PostgresSealedStoreOptions {
  const parsed = parse('CLAVIGER_POSTGRES_URL', url);
  const query = parsed.searchParams;
  for (const name of query.keys()) {
    if (!POSTGRES_OPTIONS.includes(name)) {
      throw new ServerAddressInvalid(
        `CLAVIGER_POSTGRES_URL: expected options among ${POSTGRES_OPTIONS.join(', ')}, found another`,
      );
    }
  }
  const [ca, cert, key] = [query.get('sslrootcert'), query.get('sslcert'), query.get('sslkey')];
  const encrypted = query.get('sslmode') === 'verify-full' || ca !== null || cert !== null;
  const host = query.get('host') ?? hostOf(parsed);
  if (!encrypted && !isOnThisMachine(host)) {
    throw new ServerAddressInvalid(
      `CLAVIGER_POSTGRES_URL: expected ?sslmode=verify-full or ?sslrootcert=file for a server that is not on this machine, found ${host} without TLS`,
    );
  }
  return {
    host,
    port: Number(parsed.port || POSTGRES_PORT),
    database: decodeURIComponent(parsed.pathname.slice(1)) || decodeURIComponent(parsed.username),
    user: decodeURIComponent(parsed.username),
    ...(passwordFile !== null && { passwordFile }),
    ...(encrypted && {
      tls: {
        ...(ca !== null && { caFile: ca }),
        ...(cert !== null && { certificateFile: cert }),
        ...(key !== null && { keyFile: key }),
      },
    }),
    logger,
  };
}

const POSTGRES_OPTIONS = ['host', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey'];

function parse(setting: string, url: string): URL {
  const parsed = URL.parse(url);
  if (parsed === null) throw new ServerAddressInvalid(`${setting}: expected an address, found one that cannot be read`);
  return parsed;
}

/** What the adapter would refuse later, in the words of the setting. A path is the folder of a Unix socket. */
const isOnThisMachine = (host: string): boolean =>
  host.startsWith('/') || host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

/** An IPv6 address stands in brackets in a URL, and nowhere else. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');

function passwordOf(setting: string, file: string | null): string | undefined {
  if (file === null) return undefined;
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'an error';
    throw new ServerAddressInvalid(`${setting}: expected a file that can be read, found ${code} at ${file}`);
  }
}
