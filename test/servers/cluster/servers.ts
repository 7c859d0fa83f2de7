import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PostgresServer } from '../postgres/server.js';
import { RedisServer } from '../redis/redis-server.js';
import { ClusterServer } from './cluster-server.js';
import { StandInProcess } from './stand-in-process.js';

const DATABASE = 'claviger';
/** Each node keeps a pool of its own. */
const POSTGRES_CONNECTIONS = 300;

export interface ServersOptions {
  readonly folder: string;
  /** The folder was given, and is kept. */
  readonly kept: boolean;
  readonly cabled: boolean;
  readonly log: (name: string) => (text: string) => void;
}

type Undo = (() => Promise<void>)[];

/** The servers that all nodes share. */
export class ClusterServers {
  private constructor(
    private readonly folder: string,
    private readonly undo: Undo,
    readonly eventStore: ClusterServer<StandInProcess>,
    readonly redis: ClusterServer<RedisServer>,
    readonly postgres: ClusterServer<PostgresServer>,
  ) {}

  /** One after the other: each looks for signs of life within some seconds, and initdb holds up this process meanwhile. */
  static async start(options: ServersOptions): Promise<ClusterServers> {
    const undo: Undo = [];
    try {
      const store = await startStore(options, undo);
      const redis = await startRedis(options, undo);
      const postgres = await startPostgres(options, undo);
      return new ClusterServers(options.folder, undo, store, redis, postgres);
    } catch (error) {
      await end(undo);
      throw error;
    }
  }

  /** Settings of a node that uses them. */
  settings(): Readonly<Record<string, string>> {
    const { postgres, redis, eventStore, folder } = this;
    return {
      CLAVIGER_PROFILE: 'cluster',
      CLAVIGER_EVENTSTORE_URL: `esdb://127.0.0.1:${eventStore.port}?tls=false`,
      CLAVIGER_REDIS_URL: `redis://127.0.0.1:${redis.port}`,
      CLAVIGER_REDIS_PASSWORD_FILE: join(folder, 'secrets', 'redis-password'),
      CLAVIGER_POSTGRES_URL: `postgres://${postgres.server.user}@127.0.0.1:${postgres.port}/${DATABASE}`,
      CLAVIGER_POSTGRES_PASSWORD_FILE: join(folder, 'secrets', 'postgres-password'),
    };
  }

  /** Ends them; temporary files go. Idempotent. */
  dispose(): Promise<void> {
    return end(this.undo);
  }
}

async function end(undo: Undo): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step();
}

async function startStore({ folder, cabled, log }: ServersOptions, undo: Undo): Promise<ClusterServer<StandInProcess>> {
  const server = await StandInProcess.start(join(folder, 'eventstore'), log('eventstore'));
  undo.push(() => server.stop());
  const store = await ClusterServer.over('eventstore', server, server, { port: server.port, cabled });
  undo.push(() => store.unplug());
  return store;
}

async function startRedis(
  { folder, kept, cabled, log }: ServersOptions,
  undo: Undo,
): Promise<ClusterServer<RedisServer>> {
  const server = await RedisServer.start({ ...(kept && { folder: join(folder, 'redis') }), log: log('redis') });
  undo.push(() => server.dispose());
  const { port, password } = server.connection;
  keepSecret(folder, 'redis-password', password);
  const redis = await ClusterServer.over('redis', server, server, { port, cabled });
  undo.push(() => redis.unplug());
  return redis;
}

async function startPostgres(options: ServersOptions, undo: Undo): Promise<ClusterServer<PostgresServer>> {
  const { folder, kept, cabled, log } = options;
  const server = await PostgresServer.start({
    ...(kept && { folder: join(folder, 'postgres') }),
    settings: [`max_connections=${POSTGRES_CONNECTIONS}`],
    log: log('postgres'),
  });
  undo.push(() => server.stop());
  const found = await server.query('postgres', 'SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
  if (found.length === 0) await server.query('postgres', `CREATE DATABASE ${DATABASE}`);
  keepSecret(folder, 'postgres-password', server.password);
  const control = {
    get pid() {
      return server.pid;
    },
    get running() {
      return server.running;
    },
    stop: () => server.halt(),
    kill: () => server.kill(),
    restart: async () => {
      await server.halt();
      await server.restart();
    },
  };
  const postgres = await ClusterServer.over('postgres', server, control, { port: server.port, cabled });
  undo.push(() => postgres.unplug());
  return postgres;
}

function keepSecret(folder: string, name: string, secret: string): void {
  const secrets = join(folder, 'secrets');
  mkdirSync(secrets, { recursive: true, mode: 0o700 });
  const file = join(secrets, name);
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
}
