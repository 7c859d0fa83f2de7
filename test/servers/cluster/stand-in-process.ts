import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { builtTestCode, pinnedNode, repositoryRoot } from '@claviger/testing';
import type { CallKind, Fault } from '../eventstore/knobs.js';

const READY_WITHIN_MS = 15_000;
const STOPPED_WITHIN_MS = 5_000;

/** For the stand-in's knobs: arms a fault, or takes all of them back. */
export type Order =
  | { readonly arm: CallKind; readonly fault: Fault; readonly times?: number; readonly containing?: string }
  | { readonly clear: true };

/** The event store's stand-in as a process of its own, on one folder and, from its first start on, one port. */
export class StandInProcess {
  #child: ChildProcess | undefined;
  #port = 0;
  #output = '';

  private constructor(
    private readonly folder: string,
    private readonly log: (text: string) => void,
  ) {}

  /** @throws with what it said, when it does not come up */
  static async start(folder: string, log: (text: string) => void): Promise<StandInProcess> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const standIn = new StandInProcess(folder, log);
    await standIn.restart();
    return standIn;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get port(): number {
    return this.#port;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Stops it if it runs; starts it on the same log and port. */
  async restart(): Promise<void> {
    await this.stop();
    const root = repositoryRoot();
    const main = join(builtTestCode(root), 'test', 'servers', 'eventstore', 'main.js');
    const child = spawn(pinnedNode(root), [main, this.folder, String(this.#port)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.#output = '';
    const orphaned = (): void => void child.kill('SIGKILL');
    process.on('exit', orphaned);
    child.once('close', () => process.off('exit', orphaned));
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    await this.#up(child);
  }

  /** Sets its faults. */
  async order(order: Order): Promise<void> {
    await this.#ask(order);
  }

  /** Calls since it started, of this kind and for streams whose name contains the text. */
  async calls(count: CallKind, containing: string): Promise<number> {
    const { calls } = await this.#ask({ count, containing });
    if (calls === undefined) throw new Error('the stand-in does not say how many calls there were');
    return calls;
  }

  #ask(
    message: Order | { readonly count: CallKind; readonly containing: string },
  ): Promise<{ readonly calls?: number }> {
    const child = this.#child;
    if (child === undefined || !child.connected) throw new Error('the stand-in does not run: nobody takes the order');
    return new Promise((resolve, reject) => {
      child.once('message', (answer) => resolve(answer as { readonly calls?: number }));
      child.send(message, (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  #read(text: string): void {
    this.#output = `${this.#output}${text}`.slice(-4_000);
    this.log(text);
  }

  async #up(child: ChildProcess): Promise<void> {
    let failure: string | undefined;
    child.on('error', (error) => {
      failure = error.message;
    });
    const deadline = performance.now() + READY_WITHIN_MS;
    for (;;) {
      const port = /ready on esdb:\/\/[^:]+:(\d+)/.exec(this.#output)?.[1];
      if (port !== undefined) {
        this.#port = Number(port);
        return;
      }
      if (failure !== undefined || !this.running || performance.now() > deadline) {
        const why = failure ?? (this.running ? `not ready within ${READY_WITHIN_MS} ms` : 'it ended');
        await this.kill();
        throw new Error(`the event store's stand-in did not come up (${why}):\n${this.#output.trim()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const late = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
    child.kill(signal);
    await ended;
    clearTimeout(late);
  }
}
