const WIDTH = 30;

/** How far a long run is, on stderr: a bar that moves on a terminal, a line at each tenth elsewhere. */
export class Progress {
  private done = 0;
  private told = -1;
  private readonly started = performance.now();

  constructor(
    private readonly what: string,
    private readonly total: number,
    private readonly out: NodeJS.WriteStream = process.stderr,
  ) {}

  /** `by` more steps are done. */
  step(by = 1): void {
    this.to(this.done + by);
  }

  to(done: number): void {
    this.done = done;
    const share = Math.min(1, this.total === 0 ? 1 : done / this.total);
    const seconds = ((performance.now() - this.started) / 1000).toFixed(0);
    const text = `${this.what}: ${done}/${this.total} (${seconds} s)`;
    if (this.out.isTTY) {
      const bar = '#'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '.');
      this.out.write(`\r[${bar}] ${text}${share >= 1 ? '\n' : ''}`);
      return;
    }
    const tenth = Math.floor(share * 10);
    if (tenth === this.told) return;
    this.told = tenth;
    this.out.write(`${text}\n`);
  }
}
