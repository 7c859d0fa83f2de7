import { FakeClock } from '@claviger/testing';
import type { Io } from '../../../apps/cli/src/io.js';

/** Thursday 2026-11-26 14:30 UTC. */
export const NOW = Date.UTC(2026, 10, 26, 14, 30);

/** The world around a command, in memory. */
export class FakeIo implements Io {
  readonly clock = new FakeClock(NOW);
  readonly timeZone = 'UTC';
  width: number | undefined = undefined;
  watched = false;
  stdout = '';
  stderr = '';
  slept = 0;
  /** What is typed at each question for a secret, and the questions. */
  typed: string[] = [];
  readonly prompts: string[] = [];

  constructor(public env: Record<string, string | undefined> = {}) {}

  out(text: string): void {
    this.stdout += text;
  }
  err(text: string): void {
    this.stderr += text;
  }
  async secret(prompt: string): Promise<string> {
    this.prompts.push(prompt);
    return this.typed.shift() ?? '';
  }
  async sleep(ms: number): Promise<void> {
    this.slept += ms;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
