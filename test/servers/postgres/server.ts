import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { asServerUser, isRoot, POSTGRES_MISSING, postgresFolder, serverUser } from './programs.js';

/** On a machine that has much else to do; a server that ends is an error at once. */
const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 15_000;

export interface PostgresOptions {
  /** PEM files of a certificate; TLS is off when absent. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Further settings, as `name=value`. */
  readonly settings?: readonly string[];
  /** Kept, with what an earlier start left in it; a temporary one, removed at the end, when absent. A short path. */
  readonly folder?: string;
  /** Is given everything that it writes. */
  readonly log?: (text: string) => void;
}

/** A private server in a temporary folder, on the loopback address and a socket in that folder. */
export class PostgresServer {
  readonly host = '127.0.0.1';
  readonly user = 'claviger';
  /** Holds what the password file of a client holds. */
  readonly password = 'correct horse battery staple';
  #child: ChildProcess | undefined;
  #log = '';
  #databases = 0;

  private constructor(
    readonly port: number,
    /** Folder of the socket, the password file and the data. */
    readonly folder: string,
    private readonly programs: string,
    private readonly options: PostgresOptions,
  ) {}

  get passwordFile(): string {
    return join(this.folder, 'password');
  }

  /** Folder of the server's own files. */
  get dataFolder(): string {
    return join(this.folder, 'data');
  }

  /** Makes the cluster and starts it. Fails within seconds, with the server's own words, when it does not come up. */
  static async start(options: PostgresOptions = {}): Promise<PostgresServer> {
    const programs = postgresFolder();
    if (programs === undefined || (isRoot() && serverUser() === undefined)) throw new Error(POSTGRES_MISSING);
    // A short path: a socket's name has at most 107 bytes.
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'clv-pg-'));
    const server = new PostgresServer(await freePort(), folder, programs, options);
    try {
      server.#makeCluster();
      await server.restart();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Starts again what `kill` or `pause` ended, on the same port and data. */
  async restart(): Promise<void> {
    const settings = [
      `port=${this.port}`,
      `listen_addresses=${this.host}`,
      `unix_socket_directories=${this.folder}`,
      'shared_buffers=16MB',
      'max_connections=60',
      'log_min_messages=warning',
      // After a crash: one call instead of opening and syncing each of some thousand files.
      'recovery_init_sync_method=syncfs',
      ...(this.options.settings ?? []),
      ...(this.options.tls === undefined
        ? []
        : ['ssl=on', `ssl_cert_file=${this.options.tls.certificate}`, `ssl_key_file=${this.options.tls.key}`]),
    ];
    const args = ['-D', this.dataFolder, ...settings.flatMap((setting) => ['-c', setting])];
    const [program, all] = asServerUser(join(this.programs, 'postgres'), args);
    const child = spawn(program, all, { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#log = `${this.#log}${chunk.toString()}`.slice(-4_000);
      this.options.log?.(chunk.toString());
    });
    await this.#ready(child);
  }

  /** Makes an empty database and gives its name. */
  async createDatabase(): Promise<string> {
    const name = `test_${++this.#databases}`;
    await this.query('postgres', `CREATE DATABASE ${name}`);
    return name;
  }

  /** Runs one statement of a test as the superuser. */
  async query(
    database: string,
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<readonly Record<string, unknown>[]> {
    const client = new Client({ ...this.#address(), database });
    await client.connect();
    try {
      const result = await client.query<Record<string, unknown>>(sql, [...values]);
      return result.rows;
    } finally {
      await client.end();
    }
  }

  /** Ends the server at once, as a crash does; `restart` brings it back. */
  async kill(): Promise<void> {
    // SIGQUIT: no shutdown, recovery at the next start; unlike SIGKILL it also ends the server's own children.
    await this.#end('SIGQUIT');
  }

  /** Ends the server in order; `restart` brings it back. */
  async halt(): Promise<void> {
    await this.#end('SIGINT');
  }

  /** Stops the server, and removes its folder unless that was given. Idempotent. */
  async stop(): Promise<void> {
    await this.halt();
    if (this.options.folder === undefined) rmSync(this.folder, { recursive: true, force: true });
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  #address(): { host: string; port: number; user: string; password: string; connectionTimeoutMillis: number } {
    const { port, user, password } = this;
    return { host: this.folder, port, user, password, connectionTimeoutMillis: 5_000 };
  }

  #makeCluster(): void {
    mkdirSync(this.folder, { recursive: true });
    if (existsSync(join(this.dataFolder, 'PG_VERSION'))) return;
    writeFileSync(this.passwordFile, `${this.password}\n`, { mode: 0o600 });
    const owner = isRoot() ? serverUser() : undefined;
    if (owner !== undefined) {
      chownSync(this.folder, owner.uid, owner.gid);
      chownSync(this.passwordFile, owner.uid, owner.gid);
    }
    chmodSync(this.folder, 0o700);
    const args = ['-D', this.dataFolder, '-U', this.user, `--pwfile=${this.passwordFile}`];
    const [program, all] = asServerUser(join(this.programs, 'initdb'), [
      ...args,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ]);
    const run = spawnSync(program, all, { cwd: this.folder, encoding: 'utf8', timeout: READY_WITHIN_MS });
    if (run.status !== 0) throw new Error(`initdb failed: ${run.error?.message ?? ''}${run.stdout}${run.stderr}`);
  }

  /** Ready when it answers a query; a server that ends before it does is an error at once. */
  async #ready(child: ChildProcess): Promise<void> {
    const until = performance.now() + READY_WITHIN_MS;
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`PostgreSQL ended before it was ready:\n${this.#log}`);
      }
      const answer = await this.query('postgres', 'SELECT 1').catch((error: unknown) => String(error));
      if (typeof answer !== 'string') return;
      if (performance.now() > until) {
        throw new Error(`PostgreSQL did not answer within ${READY_WITHIN_MS / 1000} s: ${answer}\n${this.#log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #end(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
    await ended;
    clearTimeout(late);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('no free port'));
      });
    });
  });
}
