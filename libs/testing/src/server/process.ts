import { type ChildProcess, spawn } from 'node:child_process';

/** One line of the service's log; `level` is `none` for what is no entry (a warning of Node, a crash). */
export interface LogEntry {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

export interface ProcessOptions {
  readonly node: string;
  readonly nodeArguments: readonly string[];
  readonly entry: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Opens a channel for messages. */
  readonly ipc: boolean;
  /** Is given everything that it writes. */
  readonly log?: (text: string) => void;
}

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

const TAIL_LINES = 30;

/** A server as a child process, with all it says. It dies with this process. */
export class ServerProcess {
  /** Everything on stderr so far, entry by entry. */
  readonly logs: LogEntry[] = [];
  readonly stdout: string[] = [];
  readonly exited: Promise<Exit>;
  private readonly child: ChildProcess;
  private readonly raw: string[] = [];
  private readonly watchers = new Set<() => void>();
  private readonly replies = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private rest = '';
  private requests = 0;
  private exit: Exit | undefined;

  constructor(options: ProcessOptions) {
    this.child = spawn(options.node, [...options.nodeArguments, options.entry], {
      cwd: options.cwd,
      env: { ...options.env },
      stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc ? (['ipc'] as const) : [])],
      serialization: 'json',
    });
    const orphaned = (): void => void this.child.kill('SIGKILL');
    process.on('exit', orphaned);
    this.exited = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      // `close`, not `exit`: only then has everything it said been read.
      this.child.once('close', (code, signal) => {
        process.off('exit', orphaned);
        this.exit = { code, signal };
        for (const { reject: fail } of this.replies.values()) fail(new Error(this.describeExit()));
        this.replies.clear();
        this.changed();
        resolve(this.exit);
      });
    });
    // Somebody may never look at it.
    this.exited.catch(() => undefined);
    const { log } = options;
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.stdout.push(text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => this.read(text));
    if (log !== undefined) for (const stream of [this.child.stdout, this.child.stderr]) stream?.on('data', log);
    this.child.on('message', (message) => this.receive(message));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get running(): boolean {
    return this.exit === undefined;
  }

  /** Everything that it wrote, byte for byte. */
  get output(): string {
    return this.raw.join('') + this.stdout.join('');
  }

  /** The last lines of stderr, for error messages. */
  tail(): string {
    return this.raw.join('').split('\n').slice(-TAIL_LINES).join('\n');
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** The first entry that `wanted` accepts, past or to come. @throws when the process ends, or after `ms` */
  async logged(wanted: (entry: LogEntry) => boolean, what: string, ms: number): Promise<LogEntry> {
    return this.until(() => this.logs.find(wanted), `${what} in its log`, ms);
  }

  /** Sends a message and waits for the answer that bears its id. @throws what the other side answers as `error` */
  async request(message: Readonly<Record<string, unknown>>): Promise<unknown> {
    const id = ++this.requests;
    return new Promise((resolve, reject) => {
      if (this.exit !== undefined || !this.child.connected) {
        reject(new Error(`nobody to talk to: ${this.describeExit()}`));
        return;
      }
      this.replies.set(id, { resolve, reject });
      this.child.send({ ...message, id }, (error) => {
        if (error === null) return;
        this.replies.delete(id);
        reject(error);
      });
    });
  }

  private async until<T>(look: () => T | undefined, what: string, ms: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    let watcher: (() => void) | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        watcher = () => {
          const found = look();
          if (found !== undefined) resolve(found);
          else if (this.exit !== undefined)
            reject(new Error(`the server ended before ${what}: ${this.describeExit()}`));
        };
        timer = setTimeout(() => reject(new Error(`no ${what} within ${ms} ms\n${this.tail()}`)), ms);
        this.watchers.add(watcher);
        watcher();
      });
    } finally {
      clearTimeout(timer);
      if (watcher !== undefined) this.watchers.delete(watcher);
    }
  }

  private describeExit(): string {
    const how = this.exit === undefined ? 'running' : `exit code ${this.exit.code}, signal ${this.exit.signal}`;
    return `${how}\n${this.tail()}`;
  }

  private read(text: string): void {
    this.raw.push(text);
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') this.logs.push(entryOf(line));
    this.changed();
  }

  private receive(message: unknown): void {
    if (typeof message !== 'object' || message === null || !('id' in message)) return;
    const reply = this.replies.get(Number(message.id));
    this.replies.delete(Number(message.id));
    if ('error' in message) reply?.reject(new Error(String(message.error)));
    else reply?.resolve('value' in message ? message.value : undefined);
  }

  private changed(): void {
    for (const watcher of this.watchers) watcher();
  }
}

function entryOf(line: string): LogEntry {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && 'level' in value && 'message' in value) return value as LogEntry;
  } catch {
    // No entry.
  }
  return { level: 'none', message: line };
}
