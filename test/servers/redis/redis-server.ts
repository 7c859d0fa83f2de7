import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RedisConnection {
  readonly host: string;
  readonly port: number;
  readonly password: string;
}

export interface RedisServerOptions {
  /** `noeviction` by default, as BullMQ wants it. */
  readonly maxmemoryPolicy?: string;
  /** On by default. */
  readonly appendOnly?: boolean;
  /** Kept, with what an earlier start left in it; a temporary one, removed at the end, when absent. */
  readonly folder?: string;
  /** Is given everything that it writes. */
  readonly log?: (text: string) => void;
}

/** Longer than any start here took, a tenth of what a suite may take. */
const UP_WITHIN_MS = 15_000;
const DOWN_WITHIN_MS = 5_000;
const TRIES = 3;

/**
 * A Redis of one suite: on a free port of the loopback, with a password, append-only file and data in a folder of its own. Fails with what
 * the server said when it does not come up. Ends with `dispose`; only the process that was started here is ever signalled.
 */
export class RedisServer {
  private process: ChildProcess | undefined;
  private output = '';

  private constructor(
    private readonly folder: string,
    private readonly options: RedisServerOptions,
    readonly connection: RedisConnection,
  ) {}

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    for (let tries = 1; ; tries += 1) {
      const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'claviger-redis-'));
      mkdirSync(folder, { recursive: true });
      chmodSync(folder, 0o700);
      const connection = { host: '127.0.0.1', port: await freePort(), password: randomBytes(18).toString('hex') };
      const server = new RedisServer(folder, options, connection);
      try {
        await server.up();
        return server;
      } catch (error) {
        await server.dispose();
        // Somebody else took the port between our look and its start.
        if (tries === TRIES || !/already in use/i.test(String(error))) throw error;
      }
    }
  }

  get running(): boolean {
    return this.process !== undefined && this.process.exitCode === null && this.process.signalCode === null;
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** SIGTERM, and waits: what is acknowledged is on the disk. */
  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  /** SIGKILL, and waits. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** Answers nobody until `resume`; connections stay open. */
  pause(): void {
    this.process?.kill('SIGSTOP');
  }

  resume(): void {
    this.process?.kill('SIGCONT');
  }

  /** Starts again on the same port and files, after `stop` or `kill`. */
  async restart(): Promise<void> {
    if (this.running) await this.stop();
    await this.up();
  }

  /** Loses everything. */
  async flush(): Promise<void> {
    await this.command('FLUSHALL');
  }

  /** Any command; its answer as redis-cli renders it in JSON. Rejects when the server refuses it. */
  command(...args: readonly string[]): Promise<unknown> {
    const { host, port, password } = this.connection;
    const options = { env: { ...process.env, REDISCLI_AUTH: password }, timeout: UP_WITHIN_MS };
    return new Promise((resolve, reject) => {
      execFile(
        'redis-cli',
        ['-h', host, '-p', String(port), '-e', '--json', ...args],
        options,
        (error, stdout, stderr) => {
          if (error !== null)
            reject(new Error(`redis-cli ${args[0] ?? ''}: ${stderr.trim() || stdout.trim() || error.message}`));
          else resolve(JSON.parse(stdout));
        },
      );
    });
  }

  /** Ends it and removes its files. Idempotent. */
  async dispose(): Promise<void> {
    const { folder } = this.options;
    await (folder === undefined ? this.kill() : this.stop());
    if (folder === undefined) rmSync(this.folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  private async up(): Promise<void> {
    const path = join(this.folder, 'redis.conf');
    // The password is in a file that only its owner reads, never among arguments.
    writeFileSync(path, this.settings(), { mode: 0o600 });
    this.output = '';
    const server = spawn('redis-server', [path], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.process = server;
    for (const stream of [server.stdout, server.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output = `${this.output}${text}`.slice(-4_000);
        this.options.log?.(text);
      });
    }
    let failure: string | undefined;
    server.on('error', (error) => {
      failure = error.message;
    });
    const deadline = Date.now() + UP_WITHIN_MS;
    while (!this.output.includes('Ready to accept connections')) {
      if (failure !== undefined || !this.running || Date.now() > deadline) {
        const why = failure ?? (this.running ? `not ready within ${UP_WITHIN_MS} ms` : 'it ended');
        await this.kill();
        throw new Error(
          `redis-server did not come up on port ${this.connection.port} (${why}):\n${this.output.trim()}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  private settings(): string {
    const { maxmemoryPolicy = 'noeviction', appendOnly = true } = this.options;
    const { host, port, password } = this.connection;
    return [
      `bind ${host}`,
      `port ${port}`,
      `requirepass ${password}`,
      `dir ${this.folder}`,
      `appendonly ${appendOnly ? 'yes' : 'no'}`,
      'appendfsync everysec',
      'save ""',
      `maxmemory-policy ${maxmemoryPolicy}`,
      'daemonize no',
      'loglevel notice',
      '',
    ].join('\n');
  }

  private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const server = this.process;
    this.process = undefined;
    if (server === undefined || server.pid === undefined || server.exitCode !== null || server.signalCode !== null)
      return;
    const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
    const impatient = setTimeout(() => server.kill('SIGKILL'), DOWN_WITHIN_MS);
    server.kill('SIGCONT');
    server.kill(signal);
    await ended;
    clearTimeout(impatient);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
