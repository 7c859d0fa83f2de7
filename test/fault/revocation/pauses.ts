import type { TestServer } from '@claviger/testing';

const PAUSE_MS = 2_500;

/** An answer within this time did not wait for the node that stands still: its lease has longer to run, even when its beats are late. */
export const NOT_BEFORE_MS = 1_000;

/**
 * Stops one of the other nodes, as a long pause of its garbage collector or of its machine, while a revocation is under way: it hears of
 * nothing, but its lease runs on. When it goes on it finds uses at its door, some of them sent after the answer if that did not wait.
 */
export class Pauses {
  private turn = 0;
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly nodes: readonly Pick<TestServer, 'pid'>[]) {}

  /** @param revoking number of the node that is not to be stopped */
  begin(revoking: number): void {
    this.turn += 1;
    const others = this.nodes.filter((_, number) => number !== revoking);
    const node = others[this.turn % others.length];
    if (node === undefined) return;
    const { pid } = node;
    process.kill(pid, 'SIGSTOP');
    const run = new Promise<void>((resolve) => setTimeout(resolve, PAUSE_MS)).then(() => {
      this.running.delete(run);
      process.kill(pid, 'SIGCONT');
    });
    this.running.add(run);
  }

  /** Every node runs again. */
  async over(): Promise<void> {
    await Promise.all(this.running);
  }
}
