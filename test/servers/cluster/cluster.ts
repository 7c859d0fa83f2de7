import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtServer, repositoryRoot, type TestServerOptions } from '@claviger/testing';
import { ClusterNode, type NodeRole } from './cluster-node.js';
import type { ClusterServer } from './cluster-server.js';
import { Front } from './front.js';
import { ClusterServers } from './servers.js';
import type { StandInProcess } from './stand-in-process.js';
import { each } from '../pool.js';
import { isRoot } from '../postgres/programs.js';
import type { PostgresServer } from '../postgres/server.js';
import type { RedisServer } from '../redis/redis-server.js';

type HowToStart = Pick<TestServerOptions, 'entry' | 'nodeArguments' | 'readyWithinMs'>;

export interface NodeChanges extends HowToStart {
  readonly env?: Readonly<Record<string, string>>;
}

export interface ClusterOptions extends HowToStart {
  /** How many of each, beside the one admin node; 2 and 0 when absent. */
  readonly api?: number;
  readonly workers?: number;
  /** Holds everything, and is kept; a temporary one that goes with the cluster when absent. */
  readonly folder?: string;
  /** Nodes reach the servers through cables that can be cut; true when absent. */
  readonly cables?: boolean;
  /** More settings; they win. */
  readonly env?:
    | Readonly<Record<string, string>>
    | ((name: string, role: NodeRole) => Readonly<Record<string, string>>);
  /** Gives up the start: what runs already is ended. */
  readonly signal?: AbortSignal;
  /** The administrator's; made, or those of the folder, when absent. */
  readonly credentials?: Credentials['credentials'];
  readonly token?: string;
}

interface Credentials {
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly token: string;
}

/** Of one node, on a machine that has much else to do; one that ends is an error at once. */
const READY_WITHIN_MS = 120_000;
const AT_ONCE = 2;

/** A whole cluster: servers and nodes, each a process. README.md has the table. */
export class TestCluster {
  readonly nodes: ClusterNode[] = [];
  readonly #fronts: Front[] = [];
  #disposed = false;

  private constructor(
    private readonly options: ClusterOptions,
    readonly folder: string,
    private readonly shared: ClusterServers,
    private readonly secrets: Credentials,
    /** The main file of every node: one build, whatever is built later. */
    private readonly entry: string,
  ) {}

  /** @throws at once, with the end of its log, when one of them does not come up; nothing is left running then */
  static async start(options: ClusterOptions = {}): Promise<TestCluster> {
    const kept = options.folder !== undefined;
    const folder = realpathSync(options.folder === undefined ? temporary() : made(options.folder));
    const cabled = options.cables ?? true;
    let cluster: TestCluster | undefined;
    // A node that is ended while it starts makes its start fail.
    const giveUp = (): void => void cluster?.dispose();
    options.signal?.addEventListener('abort', giveUp);
    try {
      const secrets = secretsOf(folder, options);
      const entry = options.entry ?? join(builtServer(repositoryRoot()), 'apps', 'server', 'src', 'main.js');
      const servers = await ClusterServers.start({ folder, kept, cabled, log: (name) => logTo(folder, name) });
      cluster = new TestCluster(options, folder, servers, secrets, entry);
      options.signal?.throwIfAborted();
      await cluster.#startNodes();
      return cluster;
    } catch (error) {
      await cluster?.dispose();
      if (!kept) rmSync(folder, { recursive: true, force: true });
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', giveUp);
    }
  }

  get eventStore(): ClusterServer<StandInProcess> {
    return this.shared.eventStore;
  }

  get redis(): ClusterServer<RedisServer> {
    return this.shared.redis;
  }

  get postgres(): ClusterServer<PostgresServer> {
    return this.shared.postgres;
  }

  get servers(): readonly ClusterServer[] {
    return [this.eventStore, this.redis, this.postgres];
  }

  get api(): readonly ClusterNode[] {
    return this.nodes.filter(({ role }) => role === 'api');
  }

  get workers(): readonly ClusterNode[] {
    return this.nodes.filter(({ role }) => role === 'worker');
  }

  get admin(): ClusterNode {
    return this.node('admin');
  }

  node(name: string): ClusterNode {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) {
      throw new Error(`no node ${name}; there are ${this.nodes.map((node) => node.name).join(', ')}`);
    }
    return found;
  }

  get credentials(): Credentials['credentials'] {
    return this.secrets.credentials;
  }

  get token(): string {
    return this.secrets.token;
  }

  get region(): string {
    return this.admin.region;
  }

  /** Starts one more node, and waits until it is ready. */
  async add(role: NodeRole, name: string, changes: NodeChanges = {}): Promise<ClusterNode> {
    if (this.#disposed) throw new Error(`${name} is not started: the cluster is being ended`);
    const { env } = this.options;
    const node = new ClusterNode(name, role, {
      folder: join(this.folder, 'nodes', name),
      credentials: this.credentials,
      token: this.token,
      bootstrap: role === 'admin',
      readyWithinMs: READY_WITHIN_MS,
      log: logTo(this.folder, name),
      entry: this.entry,
      ...entryOf(this.options),
      ...entryOf(changes),
      env: {
        ...this.shared.settings(),
        CLAVIGER_ROLE: role,
        CLAVIGER_NODE: name,
        CLAVIGER_SEAL_KEYFILE: join(this.folder, 'seal', 'root.key'),
        CLAVIGER_SEAL_FILE: join(this.folder, 'seal', 'root.seal'),
        CLAVIGER_TRUSTED_PROXIES: '127.0.0.1',
        ...(typeof env === 'function' ? env(name, role) : env),
        ...changes.env,
      },
    });
    this.nodes.push(node);
    await named(name, node.start());
    return node;
  }

  /** Waits until every running node says that it is ready. */
  async ready(withinMs = READY_WITHIN_MS): Promise<void> {
    const deadline = performance.now() + withinMs;
    for (const node of this.nodes.filter(({ running }) => running)) {
      for (;;) {
        const health = await node.health().catch((error: unknown) => ({ status: 0, reasons: [String(error)] }));
        if (health.status === 200) break;
        if (performance.now() > deadline) {
          throw new Error(`${node.name} was not ready within ${withinMs} ms: ${health.reasons.join('; ')}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** One URL for all of them, as a load balancer would give. */
  async front(port = 0): Promise<Front> {
    const front = await Front.listen(port);
    this.#fronts.push(front);
    front.serve(this);
    return front;
  }

  /** In order, as an operator would. @throws unless every node drains and ends with 0 */
  async stop(): Promise<void> {
    const running = (nodes: readonly ClusterNode[]): readonly ClusterNode[] => nodes.filter((node) => node.running);
    for (const nodes of [this.workers, this.api, [this.admin]]) {
      await Promise.all(running(nodes).map((node) => named(node.name, node.stop())));
    }
    await this.dispose();
  }

  /** At once. Idempotent. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await Promise.all(this.#fronts.splice(0).map((front) => front.close()));
    await Promise.all(this.nodes.map((node) => node.dispose()));
    await this.shared.dispose();
    if (this.options.folder === undefined) rmSync(this.folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #startNodes(): Promise<void> {
    const { api = 2, workers = 0 } = this.options;
    // It makes the root key and the administrator, and the others rely on both.
    await this.add('admin', 'admin');
    const names = (role: 'api' | 'worker', count: number): readonly (readonly ['api' | 'worker', string])[] =>
      Array.from({ length: count }, (_, index) => [role, `${role}-${index + 1}`] as const);
    const others = [...names('api', api), ...names('worker', workers)];
    // As many as a small machine has cores: more at once only wait for each other.
    await each(others, AT_ONCE, async ([role, name]) => void (await this.add(role, name)));
    const place = (node: ClusterNode): number => others.findIndex(([, name]) => name === node.name);
    this.nodes.sort((one, other) => place(one) - place(other));
  }
}

function temporary(): string {
  return mkdtempSync(join(tmpdir(), 'claviger-cluster-'));
}

function made(folder: string): string {
  // PostgreSQL does not run as root, and has to get through to its own folder in here; what is secret has closed folders of its own.
  mkdirSync(folder, { recursive: true, mode: isRoot() ? 0o711 : 0o700 });
  return folder;
}

/** Without absent members: `undefined` would win over a default. */
function entryOf({ entry, nodeArguments, readyWithinMs }: HowToStart): HowToStart {
  return {
    ...(entry !== undefined && { entry }),
    ...(nodeArguments !== undefined && { nodeArguments }),
    ...(readyWithinMs !== undefined && { readyWithinMs }),
  };
}

/** Those that were given; else those of an earlier start on this folder; else new ones, kept beside its data. */
function secretsOf(folder: string, { credentials, token }: ClusterOptions): Credentials {
  const file = join(folder, 'credentials.json');
  const earlier = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Credentials) : undefined;
  const secrets: Credentials = earlier ?? {
    credentials: credentials ?? {
      accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
    },
    token: token ?? `clv_${randomBytes(32).toString('base64url')}`,
  };
  writeFileSync(file, `${JSON.stringify(secrets)}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return secrets;
}

function logTo(folder: string, name: string): (text: string) => void {
  mkdirSync(join(folder, 'logs'), { recursive: true, mode: 0o700 });
  const file = join(folder, 'logs', `${name}.log`);
  return (text) => {
    // What a process says while it is ended may come when its folder has gone.
    if (existsSync(folder)) appendFileSync(file, text, { mode: 0o600 });
  };
}

/** Errors of one of many say which. */
async function named<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
