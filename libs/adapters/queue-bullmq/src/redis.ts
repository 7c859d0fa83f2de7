import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { RedisOptions } from 'bullmq';

/** Where the Redis is, and who we are to it. */
export interface RedisSettings {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  /** Number of the database; 0 by default. */
  readonly db?: number;
  /** Encrypted, and its certificate checked, where this is set; `{}` trusts what Node trusts. */
  readonly tls?: TlsOptions;
}

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;
const CONNECT_WITHIN_MS = 5_000;
const KEEP_ALIVE_MS = 10_000;

/** Ends the connections of a queue that is closed while its Redis is gone: BullMQ's own end would wait for the server's return. */
export interface Leaving {
  readonly aborted: boolean;
}

/** What connections have in common: they come back within seconds of the server, and give up only when the queue is closed. */
function connection({ host, port, username, password, db = 0, tls }: RedisSettings, leaving: Leaving): RedisOptions {
  return {
    host,
    port,
    db,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
    connectTimeout: CONNECT_WITHIN_MS,
    keepAlive: KEEP_ALIVE_MS,
    retryStrategy: (times: number) => (leaving.aborted ? null : Math.min(FIRST_RETRY_MS * times, LONGEST_RETRY_MS)),
  };
}

/** For asking: a command that cannot be sent now fails now, and is not sent behind the caller's back when the server returns. */
export const askingConnection = (settings: RedisSettings, leaving: Leaving): RedisOptions => ({
  ...connection(settings, leaving),
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
});

/** For workers: BullMQ demands that their commands wait for the server as long as it takes. */
export const workingConnection = (settings: RedisSettings, leaving: Leaving): RedisOptions => ({
  ...connection(settings, leaving),
  maxRetriesPerRequest: null,
});

/** What a Redis must be set to, for jobs to survive what it survives; one sentence for each setting that is not so. */
export function findingsOf(info: string): readonly string[] {
  const value = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const findings: string[] = [];
  const eviction = value('maxmemory_policy');
  if (eviction !== undefined && eviction !== 'noeviction') {
    findings.push(`maxmemory-policy is ${eviction}: jobs are dropped when its memory is full (noeviction keeps them)`);
  }
  if (value('aof_enabled') === '0') findings.push('appendonly is off: jobs are lost when it restarts');
  return findings;
}
