import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { builtTestCode, pinnedNode, repositoryRoot } from '@claviger/testing';

const UP_WITHIN_MS = 20_000;

/** A program of this folder in a process of its own, which speaks in messages; its first one says that it works. */
export abstract class ChildProcessWithMessages<To extends object, From extends object> {
  private readonly child: ChildProcess;
  private said = '';

  /** @param program name of its file, without the suffix */
  protected constructor(program: string) {
    const root = repositoryRoot();
    const entry = join(builtTestCode(root), 'test', 'servers', 'redis', `${program}.js`);
    this.child = spawn(pinnedNode(root), [entry], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.said = `${this.said}${text}`.slice(-4_000);
    });
    this.child.on('message', (message: From) => this.heard(message));
  }

  protected abstract heard(message: From): void;

  /** Tells it to begin, and waits until it works. @throws with what it said, when it does not */
  protected async up(begin: To): Promise<void> {
    const { promise: works, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(
      () => reject(new Error(`no worker within ${UP_WITHIN_MS} ms: ${this.said}`)),
      UP_WITHIN_MS,
    );
    this.child.once('error', reject);
    this.child.once('exit', (code) => reject(new Error(`the worker ended with ${code}: ${this.said}`)));
    this.child.once('message', () => resolve());
    this.tell(begin);
    try {
      await works;
    } catch (error) {
      await this.kill();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  protected tell(message: To): void {
    this.child.send(message);
  }

  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  /** SIGKILL, and waits. Idempotent. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
