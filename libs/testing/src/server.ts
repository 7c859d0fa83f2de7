import { KMSClient, type KMSClientConfig } from '@aws-sdk/client-kms';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type AwsCliResult, runAwsCli } from './server/aws-cli.js';
import { type Exit, type LogEntry, ServerProcess } from './server/process.js';
import { builtServer, pinnedNode, repositoryRoot } from './server/repository.js';

export interface TestServerOptions {
  /** Holds `data`, `seal` and `anchor`; default: a temporary folder that `dispose` removes. */
  readonly folder?: string;
  /** More settings; they win. */
  readonly env?: Readonly<Record<string, string>>;
  /** What Node starts instead of the built server's main file, e.g. a test server that was built apart. */
  readonly entry?: string;
  readonly nodeArguments?: readonly string[];
  /** The administrator's, where `folder` holds data that was made before. */
  readonly credentials?: Credentials;
  readonly token?: string;
  /** Opens a channel for `request`. */
  readonly ipc?: boolean;
  /** Default 30 s. */
  readonly readyWithinMs?: number;
  /** Is given everything that it writes, run after run. */
  readonly log?: (text: string) => void;
  /** False: no first credentials are given, the server makes its own. */
  readonly bootstrap?: boolean;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface AdminAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The body, parsed where it is JSON. */
  readonly body: unknown;
}

const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 40_000;

/** The built server as a child process on folders and a port of its own. Always `dispose` it (or declare it with `await using`). */
export class TestServer {
  readonly folder: string;
  readonly region: string;
  readonly credentials: Credentials;
  readonly token: string;
  /** Where it listens; the same after a restart. */
  url = '';
  private readonly root = repositoryRoot();
  private readonly ownFolder: boolean;
  private readonly clients: KMSClient[] = [];
  private readonly earlierOutput: string[] = [];
  private process: ServerProcess | undefined;

  constructor(private readonly options: TestServerOptions = {}) {
    this.ownFolder = options.folder === undefined;
    this.credentials = options.credentials ?? {
      accessKeyId: `AKIA${randomName(16)}`,
      secretAccessKey: randomBytes(30).toString('base64'),
    };
    this.token = options.token ?? `clv_${randomBytes(32).toString('base64url')}`;
    this.folder = options.folder ?? realpathSync(mkdtempSync(join(tmpdir(), 'claviger-server-')));
    mkdirSync(this.folder, { recursive: true });
    this.region = (options.env?.['CLAVIGER_REGIONS'] ?? 'us-east-1').split(',')[0] ?? 'us-east-1';
  }

  get data(): string {
    return this.options.env?.['CLAVIGER_DATA'] ?? join(this.folder, 'data');
  }

  get pid(): number {
    return this.child.pid;
  }

  get running(): boolean {
    return this.process?.running === true;
  }

  /** Entries of the present run. */
  get logs(): readonly LogEntry[] {
    return this.child.logs;
  }

  /** Everything that all runs have printed. */
  get output(): string {
    return [...this.earlierOutput, this.process?.output ?? ''].join('');
  }

  /** Starts it and waits until it is ready. @throws at once, with the end of its log, when it ends instead */
  async start(env: Readonly<Record<string, string>> = {}): Promise<this> {
    this.launch(env);
    const within = this.options.readyWithinMs ?? READY_WITHIN_MS;
    try {
      const { url } = await this.child.logged(
        ({ message, url }) => message === 'listening' && url !== undefined,
        '"listening"',
        within,
      );
      this.url = String(url);
      await this.ready(within);
    } catch (error) {
      await this.kill();
      throw error;
    }
    return this;
  }

  /** Starts it without waiting, for runs that are expected to fail. */
  launch(env: Readonly<Record<string, string>> = {}): void {
    if (this.running) throw new Error('the server runs already');
    if (this.process !== undefined) this.earlierOutput.push(this.process.output);
    this.process = new ServerProcess({
      node: pinnedNode(this.root),
      nodeArguments: ['--enable-source-maps', '--disable-sigusr1', ...(this.options.nodeArguments ?? [])],
      entry: this.options.entry ?? join(builtServer(this.root), 'apps', 'server', 'src', 'main.js'),
      cwd: this.folder,
      ipc: this.options.ipc === true,
      ...(this.options.log !== undefined && { log: this.options.log }),
      env: this.environment(env),
    });
  }

  /** Resolves when it has ended, however it ends. */
  get exited(): Promise<Exit> {
    return this.child.exited;
  }

  /** SIGTERM. @throws unless it drains and ends with 0 */
  async stop(): Promise<void> {
    const { child } = this;
    child.signal('SIGTERM');
    const timer = setTimeout(() => child.signal('SIGKILL'), STOP_WITHIN_MS);
    const { code, signal } = await child.exited;
    clearTimeout(timer);
    if (code !== 0) throw new Error(`SIGTERM: expected exit code 0, found ${code ?? signal}\n${child.tail()}`);
  }

  /** E.g. SIGSTOP and SIGCONT: it answers nobody in between. */
  signal(name: NodeJS.Signals): void {
    this.child.signal(name);
  }

  /** SIGKILL: no chance to put anything in order. */
  async kill(): Promise<void> {
    if (this.process === undefined) return;
    this.process.signal('SIGKILL');
    await this.process.exited;
  }

  /** Stops it if it runs, and starts it again on the same folders and port. */
  async restart(env: Readonly<Record<string, string>> = {}): Promise<void> {
    if (this.running) await this.stop();
    await this.start({ CLAVIGER_PORT: new URL(this.url).port, ...env });
  }

  /** Kills what runs, and removes the folder if it was made here. */
  async dispose(): Promise<void> {
    for (const client of this.clients.splice(0)) client.destroy();
    await this.kill();
    if (this.ownFolder) rmSync(this.folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** An AWS SDK client with the administrator's credentials. One attempt per call unless told otherwise. */
  kmsClient(config: KMSClientConfig = {}): KMSClient {
    const { region, credentials } = this;
    const client = new KMSClient({ endpoint: this.url, region, credentials, maxAttempts: 1, ...config });
    this.clients.push(client);
    return client;
  }

  /** `aws <args> --endpoint-url …` with the administrator's credentials. */
  awsCli(args: readonly string[]): Promise<AwsCliResult> {
    return runAwsCli([...args, '--endpoint-url', this.url], {
      AWS_ACCESS_KEY_ID: this.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.credentials.secretAccessKey,
      AWS_DEFAULT_REGION: this.region,
      HOME: this.folder,
    });
  }

  /** A call of the admin API with the administrator's token. `path` begins with `/api/v1/`. */
  async admin(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<AdminAnswer> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const json = /\bjson\b/.test(answer.headers.get('content-type') ?? '') && text !== '';
    return { status: answer.status, headers: answer.headers, body: json ? (JSON.parse(text) as unknown) : text };
  }

  /** Asks the other end of the message channel. */
  request(message: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.child.request(message);
  }

  /** Waits for an entry of the present run's log. */
  logged(wanted: (entry: LogEntry) => boolean, what: string, ms = READY_WITHIN_MS): Promise<LogEntry> {
    return this.child.logged(wanted, what, ms);
  }

  private get child(): ServerProcess {
    if (this.process === undefined) throw new Error('the server was not started');
    return this.process;
  }

  private environment(env: Readonly<Record<string, string>>): Record<string, string> {
    const { PATH, TMPDIR } = process.env;
    return {
      // Nothing else of the caller's environment: not its settings, and not jest's options for Node.
      ...(PATH === undefined ? {} : { PATH }),
      ...(TMPDIR === undefined ? {} : { TMPDIR }),
      HOME: this.folder,
      CLAVIGER_DATA: join(this.folder, 'data'),
      CLAVIGER_SEAL_KEYFILE: join(this.folder, 'seal', 'root.key'),
      CLAVIGER_ANCHOR: join(this.folder, 'anchor'),
      CLAVIGER_PORT: '0',
      ...(this.options.bootstrap === false ? {} : this.given()),
      ...this.options.env,
      ...env,
    };
  }

  private given(): Record<string, string> {
    return {
      CLAVIGER_BOOTSTRAP_ACCESS_KEY_ID: this.credentials.accessKeyId,
      CLAVIGER_BOOTSTRAP_SECRET_ACCESS_KEY: this.credentials.secretAccessKey,
      CLAVIGER_BOOTSTRAP_TOKEN: this.token,
    };
  }

  private async ready(ms: number): Promise<void> {
    const deadline = performance.now() + ms;
    for (;;) {
      if (!this.running) throw new Error(`the server ended before it was ready\n${this.child.tail()}`);
      const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      if (answer?.status === 200) return;
      if (performance.now() > deadline) {
        const found = answer === undefined ? 'no answer' : `${answer.status}: ${await answer.text()}`;
        throw new Error(`not ready within ${ms} ms (${found})\n${this.child.tail()}`);
      }
      await delay(20);
    }
  }
}

/** A running, ready server. */
export function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const server = new TestServer(options);
  return server.start().catch(async (error: unknown) => {
    await server.dispose();
    throw error;
  });
}

function randomName(length: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return [...randomBytes(length)].map((byte) => alphabet[byte & 31]).join('');
}
