import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Logger } from '@claviger/platform';
import type { ClientConfig } from 'pg';

/** Files in PEM. The server's certificate is always verified, against its name as well. */
export interface PostgresTls {
  /** Certificates that the server's is trusted by; those of the system when absent. */
  readonly caFile?: string;
  /** Certificate and key of this client, for a server that asks for one. */
  readonly certificateFile?: string;
  readonly keyFile?: string;
  /** Name that the server's certificate must carry; `host` when absent. */
  readonly serverName?: string;
}

export interface PostgresSealedStoreOptions {
  /** Name or address, or the folder of a Unix socket (begins with `/`). */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Read at each connection, so that a new password needs no restart; one line feed at its end does not count. */
  readonly passwordFile?: string;
  /** Required unless the server is on this machine. */
  readonly tls?: PostgresTls;
  readonly logger: Logger;
  /** Most connections; 8 when absent. */
  readonly connections?: number;
  /** How long a connection may take, waiting for a free one included; 5 s when absent. */
  readonly connectWithinMs?: number;
  /** How long a statement may take before the server gives it up, and a second later this side; 10 s when absent. */
  readonly statementWithinMs?: number;
}

export interface Limits {
  readonly connections: number;
  readonly connectWithinMs: number;
  readonly statementWithinMs: number;
}

export function limitsOf(options: PostgresSealedStoreOptions): Limits {
  const { connections = 8, connectWithinMs = 5_000, statementWithinMs = 10_000 } = options;
  for (const [name, value] of Object.entries({ connections, connectWithinMs, statementWithinMs })) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`${name}: expected a whole number above 0, got ${value}`);
  }
  return { connections, connectWithinMs, statementWithinMs };
}

/**
 * What pg is given. Every member is set, so that none is taken from PG* variables of the environment.
 * @throws RangeError for a server elsewhere without TLS: what is sealed is ciphertext, but the password is not
 */
export function clientConfigOf(options: PostgresSealedStoreOptions): ClientConfig {
  const { host, port, database, user, tls } = options;
  const limits = limitsOf(options);
  if (tls === undefined && !isLocal(host)) {
    throw new RangeError(`PostgreSQL at ${host}: expected TLS for a server that is not on this machine, found none`);
  }
  return {
    host,
    port,
    database,
    user,
    password: () => passwordOf(options.passwordFile),
    ssl: tls === undefined ? false : tlsOf(host, tls),
    application_name: 'claviger-sealed-store',
    keepAlive: true,
    connectionTimeoutMillis: limits.connectWithinMs,
    // The server is asked to give up first: a connection that it freed itself need not be thrown away.
    query_timeout: limits.statementWithinMs + 1_000,
  };
}

/** Where the store is, for messages. */
export function placeOf({ host, port, database }: PostgresSealedStoreOptions): string {
  return `PostgreSQL ${host}:${port}/${database}`;
}

function isLocal(host: string): boolean {
  if (host.startsWith('/') || host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

async function passwordOf(file: string | undefined): Promise<string> {
  if (file === undefined) return '';
  const text = await readFile(file, 'utf8');
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}

function tlsOf(host: string, tls: PostgresTls): ConnectionOptions {
  const read = (file: string | undefined): string | undefined =>
    file === undefined ? undefined : readFileSync(file, 'utf8');
  const [ca, cert, key] = [read(tls.caFile), read(tls.certificateFile), read(tls.keyFile)];
  const servername = tls.serverName ?? host;
  return {
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    // An address is no server name indication (RFC 6066 section 3), but it is compared with the certificate all the same.
    ...(isIP(servername) === 0 && { servername }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}
