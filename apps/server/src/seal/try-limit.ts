import { isIPv6 } from 'node:net';
import type { Clock } from '@claviger/platform';

/** Refused tries per source and window, after which it has to wait for the next. */
const REFUSED_PER_WINDOW = 5;
const WINDOW_MS = 60_000;
/** Tries that wait for one another, of all sources together; each of a passphrase takes 64 MiB and a good part of a second. */
const MOST_AT_ONCE = 32;
/** Beyond this many sources at once all new ones are one: the table must not grow with an attacker's addresses. */
const MOST_SOURCES = 10_000;
const CROWD = '*';

interface Window {
  readonly until: number;
  refused: number;
  running: boolean;
}

/** The seconds that a source has to wait, or the way to say how its try ended. */
export type Admission = { readonly waitSeconds: number } | { readonly ended: (refused: boolean) => void };

/**
 * Slows down those who try to open the seal: each source is taken by itself, so that one that is wrong does not keep the others out.
 * Nobody guesses a share; a passphrase is guessed at a few per minute and source, each at the price of Argon2id.
 */
export class TryLimit {
  private readonly windows = new Map<string, Window>();
  private atOnce = 0;

  constructor(private readonly clock: Clock) {}

  admit(address: string): Admission {
    const now = this.clock.monotonic();
    const window = this.window(sourceOf(address), now);
    if (window.refused >= REFUSED_PER_WINDOW)
      return { waitSeconds: Math.max(1, Math.ceil((window.until - now) / 1000)) };
    if (window.running || this.atOnce >= MOST_AT_ONCE) return { waitSeconds: 1 };
    window.running = true;
    this.atOnce += 1;
    return {
      ended: (refused) => {
        window.running = false;
        this.atOnce -= 1;
        if (refused) window.refused += 1;
      },
    };
  }

  private window(source: string, now: number): Window {
    const known = this.windows.get(source);
    if (known !== undefined && (known.until > now || known.running)) return known;
    if (this.windows.size >= MOST_SOURCES) this.sweep(now);
    const name = this.windows.size >= MOST_SOURCES ? CROWD : source;
    const shared = this.windows.get(name);
    if (shared !== undefined && (shared.until > now || shared.running)) return shared;
    const fresh: Window = { until: now + WINDOW_MS, refused: 0, running: false };
    this.windows.set(name, fresh);
    return fresh;
  }

  private sweep(now: number): void {
    for (const [source, { until, running }] of this.windows) {
      if (until <= now && !running) this.windows.delete(source);
    }
  }
}

/** An IPv6 host has a whole network of 2^64 addresses to itself: the network is the source. */
function sourceOf(address: string): string {
  const [bare = address] = address.split('%');
  if (!isIPv6(bare) || bare.toLowerCase().startsWith('::ffff:')) return address;
  const [head = '', tail] = bare.split('::');
  const front = head.split(':').filter((part) => part !== '');
  const back = tail === undefined ? [] : tail.split(':').filter((part) => part !== '');
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0');
  return [...front, ...zeros, ...back]
    .slice(0, 4)
    .map((part) => part.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':');
}
