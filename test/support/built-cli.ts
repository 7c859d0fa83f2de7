import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { builtServer, pinnedNode, repositoryRoot } from '@claviger/testing';

export interface CliRun {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the built command line; `done` says how it ended. */
export class BuiltCli {
  readonly done: Promise<CliRun>;
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;

  /** @param env nothing else of the caller's environment is passed on, but the path */
  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    const root = repositoryRoot();
    const main = join(builtServer(root), 'apps', 'cli', 'src', 'main.js');
    const child = spawn(pinnedNode(root), [main, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: a kill has to reach what the command itself has started.
      detached: true,
      env: { ...(process.env['PATH'] !== undefined && { PATH: process.env['PATH'] }), ...env },
    });
    this.child = child;
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    this.done = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    });
  }

  /** Waits until something is seen that the command does. @throws when it ends before */
  async until(seen: () => boolean): Promise<void> {
    let ended: CliRun | undefined;
    void this.done.then((run) => (ended = run));
    while (!seen()) {
      if (ended !== undefined) throw new Error(`the command ended before it came so far: ${JSON.stringify(ended)}`);
      await delay(1);
    }
  }

  /** SIGKILL to the command and to what it has started. */
  async kill(): Promise<void> {
    if (this.child.pid !== undefined) process.kill(-this.child.pid, 'SIGKILL');
    await this.done;
  }
}

export const claviger = (args: readonly string[], env: Readonly<Record<string, string>>): Promise<CliRun> =>
  new BuiltCli(args, env).done;
