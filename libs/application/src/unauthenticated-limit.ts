import type { Clock } from '@claviger/platform';
import type { CallSource } from './call-context.js';

const PER_MINUTE = 10;
const MINUTE = 60_000;
/** Beyond this many sources at once everything is summed under one: the table must not grow with an attacker's addresses. */
const MOST_SOURCES = 10_000;

interface Window {
  readonly source: CallSource;
  readonly until: number;
  entries: number;
  summed: number;
}

/** Ten entries per source and minute for calls that fail before a principal is known; the rest is summed in one. */
export class UnauthenticatedLimit {
  private readonly windows = new Map<string, Window>();
  private timer: { cancel(): void } | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly report: (source: CallSource, calls: number) => void,
  ) {}

  /** True: write an entry. False: this call has been added to the sum. */
  admit(source: CallSource): boolean {
    const now = this.clock.now();
    const window = this.window(source, now);
    if (window.entries < PER_MINUTE) {
      window.entries += 1;
      return true;
    }
    window.summed += 1;
    return false;
  }

  private window(source: CallSource, now: number): Window {
    const known = this.windows.get(source.address);
    if (known !== undefined && known.until > now) return known;
    if (known !== undefined) this.close(source.address, known);
    const crowded = this.windows.size >= MOST_SOURCES;
    const key = crowded ? '*' : source.address;
    const shared = crowded ? this.windows.get(key) : undefined;
    if (shared !== undefined && shared.until > now) return shared;
    const fresh: Window = {
      source: crowded ? { address: '*', userAgent: null } : source,
      until: now + MINUTE,
      entries: 0,
      summed: 0,
    };
    this.windows.set(key, fresh);
    this.timer ??= this.clock.after(MINUTE, () => this.sweep());
    return fresh;
  }

  private sweep(): void {
    this.timer = undefined;
    const now = this.clock.now();
    for (const [address, window] of this.windows) if (window.until <= now) this.close(address, window);
    if (this.windows.size > 0) this.timer = this.clock.after(MINUTE, () => this.sweep());
  }

  private close(address: string, window: Window): void {
    this.windows.delete(address);
    if (window.summed > 0) this.report(window.source, window.summed);
  }
}
