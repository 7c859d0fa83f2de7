/**
 * Stands between the service and its ports: counts calls, and ends the process at the call that a test has armed. Only for test servers.
 */

/** `hsm.generate`, `store.append`, `anchor.advance` … */
export type Point = `${string}.${string}`;

export interface Armed {
  readonly point: Point;
  /** Kill before the call begins, or when it has succeeded and nobody knows yet. */
  readonly when: 'before' | 'after';
  /** The first call that counts is 1. */
  readonly nth: number;
  /** Only calls whose arguments, as JSON, contain this text. */
  readonly containing?: string;
}

export class Interceptor {
  private readonly finished = new Map<string, number>();
  private armed: Armed | undefined;
  private seen = 0;

  constructor(private readonly die: () => never) {}

  arm(armed: Armed | undefined): void {
    this.armed = armed;
    this.seen = 0;
  }

  /** Calls of this point that have succeeded. */
  count(point: Point): number {
    return this.finished.get(point) ?? 0;
  }

  /** The same port, seen through this interceptor. `methods`: those that answer a promise and are counted. */
  over<T extends object>(port: T, name: string, methods: readonly string[]): T {
    return new Proxy(port, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== 'function') return member;
        // The port's own private fields need the port itself as `this`.
        const call = (args: unknown[]): unknown => Reflect.apply(member, target, args);
        if (typeof property !== 'string' || !methods.includes(property)) return (...args: unknown[]) => call(args);
        return (...args: unknown[]) => this.pass(`${name}.${property}`, args, () => call(args));
      },
    });
  }

  private async pass(point: Point, args: readonly unknown[], call: () => unknown): Promise<unknown> {
    const hit = this.isHit(point, args);
    if (hit && this.armed?.when === 'before') this.die();
    const result = await call();
    if (hit) this.die();
    this.finished.set(point, this.count(point) + 1);
    return result;
  }

  private isHit(point: Point, args: readonly unknown[]): boolean {
    const { armed } = this;
    if (armed?.point !== point) return false;
    if (armed.containing !== undefined && !asText(args).includes(armed.containing)) return false;
    this.seen += 1;
    return this.seen === armed.nth;
  }
}

const asText = (args: readonly unknown[]): string =>
  JSON.stringify(args, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)) ?? '';
