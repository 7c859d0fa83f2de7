/**
 * One at a time per name. Within a process this spares changes of one stream the conflicts that the expected revision would find anyway;
 * between processes the expected revision decides.
 */
export class Serial {
  private readonly tails = new Map<string, Promise<void>>();

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(name);
    let done: () => void = () => {};
    const tail = new Promise<void>((resolve) => {
      done = resolve;
    });
    this.tails.set(name, tail);
    try {
      await before;
      return await work();
    } finally {
      if (this.tails.get(name) === tail) this.tails.delete(name);
      done();
    }
  }
}
