import type { Io } from '../io.js';

const CELLS = 30;

/** A bar on the error stream, where somebody is watching. */
export class Progress {
  private last = '';

  constructor(
    private readonly io: Io,
    private readonly what: string,
  ) {}

  show(done: number, of: number): void {
    if (!this.io.watched) return;
    const share = of > 0 ? Math.min(1, done / of) : 0;
    const filled = Math.round(share * CELLS);
    const line = `${this.what} [${'#'.repeat(filled)}${'.'.repeat(CELLS - filled)}] ${Math.floor(share * 100)} %`;
    if (line === this.last) return;
    this.last = line;
    this.io.err(`\r${line}`);
  }

  /** How much there is by now, where nobody knows how much it will be. */
  count(text: string): void {
    if (!this.io.watched) return;
    const line = `${this.what}: ${text}`;
    this.io.err(`\r${line.padEnd(this.last.length)}`);
    this.last = line;
  }

  /** Takes the bar away. */
  end(): void {
    if (this.last !== '') this.io.err(`\r${' '.repeat(this.last.length)}\r`);
    this.last = '';
  }
}
