import { constantTimeEqual } from '@claviger/crypto';
import type { Clock, Timer } from '@claviger/platform';
import type { ChainPlace } from './chain-check.js';
import { lastLink } from './group-format.js';
import type { GroupedAuditJournal, JournalCopy } from './shipping.js';
import { ShippingBacklog } from './shipping-backlog.js';

/** What happens while a journal is copied, for log, metrics and readiness. Nothing in it is secret. */
export type ShippingNotice =
  /** Once a second: what waits, and how old the oldest of it is. */
  | { readonly kind: 'shipping'; readonly entries: number; readonly milliseconds: number }
  | { readonly kind: 'shipping-behind'; readonly entries: number; readonly milliseconds: number }
  | { readonly kind: 'shipping-caught-up' }
  | { readonly kind: 'shipping-failed'; readonly error: unknown; readonly nextAttemptMs: number };

export interface ShipperOptions {
  readonly local: GroupedAuditJournal;
  readonly copy: JournalCopy;
  readonly clock: Clock;
  readonly notice: (notice: ShippingNotice) => void;
}

/** Copy and journal are not one history: the copy is ahead, or holds something else. Nothing is copied until somebody has looked. */
export class JournalsDiverged extends Error {
  override readonly name = 'JournalsDiverged';
}

/** An entry is in the event store within so long when all is well. */
const BEHIND_MS = 5_000;
const WATCH_EVERY_MS = 1_000;
/** What comes within it travels together. */
const LINGER_MS = 50;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
/** An append holds a million bytes; groups are stored in base64. */
const MOST_GROUPS = 64;
const MOST_BYTES = 600_000;

/**
 * Copies the groups of a journal, in order and as they are, to where all nodes can read them. Where it goes on is never remembered: at
 * the start, and after every append whose outcome is not known, the copy's end is compared with the journal, link by link. So nothing is
 * lost, doubled or written over, wherever a process ends.
 */
export class Shipper {
  readonly #backlog: ShippingBacklog;
  readonly #unsubscribe: () => void;
  readonly #watch: Timer;
  readonly #running: Promise<void>;
  #place: ChainPlace;
  #problem: unknown;
  #behind = false;
  #stopping = false;
  #finishing = false;
  #wake: () => void = () => undefined;

  /** @throws JournalsDiverged, JournalDamaged, EventStoreUnavailable */
  static async open(options: ShipperOptions): Promise<Shipper> {
    return new Shipper(options, await compare(options));
  }

  private constructor(
    private readonly options: ShipperOptions,
    place: ChainPlace,
  ) {
    const { local, clock } = options;
    this.#place = place;
    this.#backlog = new ShippingBacklog(clock, place.next - 1, local.head());
    this.#unsubscribe = local.onDurable((entries) => {
      this.#backlog.durable(entries.at(-1)?.sequence ?? 0);
      this.#wake();
    });
    this.#watch = clock.every(WATCH_EVERY_MS, () => this.#look());
    this.#running = this.#run();
  }

  /** Entries that are not in the copy yet. */
  get unshipped(): number {
    return this.options.local.head() - this.#place.next + 1;
  }

  /** How old the oldest of them is. */
  get behindMs(): number {
    return this.#backlog.age();
  }

  /** Why nothing is copied now; undefined when all is well. */
  get problem(): unknown {
    return this.#problem;
  }

  /** Copies what is left, within the time; what does not make it is copied after the next start. The journal MUST be closed. */
  async finish(withinMs: number): Promise<void> {
    this.#finishing = true;
    this.#wake();
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.options.clock.after(withinMs, resolve);
    });
    await Promise.race([this.#running, late]);
    timer?.cancel();
    this.#stopping = true;
    this.#wake();
    this.#watch.cancel();
    this.#unsubscribe();
    // An append that is under way ends by its own time limit; nobody waits for it.
    this.#look();
  }

  async #run(): Promise<void> {
    let delay = FIRST_RETRY_MS;
    for (let sure = true; !this.#stopping; ) {
      try {
        if (!sure) this.#place = await compare(this.options);
        sure = true;
        this.#shipped();
        if (this.unshipped <= 0) {
          if (this.#finishing) return;
          await this.#more();
          continue;
        }
        // 1. Until an answer says otherwise, nobody knows where the copy ends.
        sure = false;
        await this.#ship();
        sure = true;
        delay = FIRST_RETRY_MS;
      } catch (error) {
        this.#problem = error;
        this.options.notice({ kind: 'shipping-failed', error, nextAttemptMs: delay });
        await this.#pause(delay);
        delay = Math.min(2 * delay, LAST_RETRY_MS);
      }
    }
  }

  async #ship(): Promise<void> {
    const { local, copy } = this.options;
    const groups = await local.groups(this.#place.next - 1, MOST_GROUPS, MOST_BYTES);
    const last = groups.at(-1);
    if (last === undefined) throw new Error(`the journal does not hand out entry ${this.#place.next}`);
    await copy.append(groups, local.journalId);
    this.#place = { next: last.lastSequence + 1, link: Uint8Array.from(lastLink(last.payload)) };
  }

  #shipped(): void {
    this.#problem = undefined;
    this.#backlog.shipped(this.#place.next - 1);
  }

  /** Resolves when there is something to copy, and it had a moment for company. */
  async #more(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve));
    if (!this.#finishing) await this.#pause(LINGER_MS);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.options.clock.after(ms, resolve);
      this.#wake = () => {
        if (!this.#finishing) return;
        timer.cancel();
        resolve();
      };
    });
  }

  #look(): void {
    const { notice } = this.options;
    const [entries, milliseconds] = [this.unshipped, Math.round(this.behindMs)];
    notice({ kind: 'shipping', entries, milliseconds });
    const behind = milliseconds > BEHIND_MS;
    if (behind && !this.#behind) notice({ kind: 'shipping-behind', entries, milliseconds });
    if (this.#behind && entries === 0) notice({ kind: 'shipping-caught-up' });
    this.#behind = behind || (this.#behind && entries > 0);
  }
}

/** Where the copy goes on. @throws JournalsDiverged when it is no beginning of the journal */
async function compare({ local, copy }: Pick<ShipperOptions, 'local' | 'copy'>): Promise<ChainPlace> {
  const { place, journalId } = await copy.look();
  const copied = place.next - 1;
  if (copied > local.head()) {
    throw new JournalsDiverged(
      `the event store holds ${copied} entries of this node's journal, the local journal only ${local.head()}: its folder was lost or an ` +
        'older copy took its place. Restore it, or start this node under a name of its own (CLAVIGER_NODE); nothing is written over',
    );
  }
  if (copied === 0) return place;
  const same = journalId !== undefined && constantTimeEqual(journalId, local.journalId);
  if (!same || (await local.link(copied)) !== Buffer.from(place.link).toString('hex')) {
    throw new JournalsDiverged(
      `entry ${copied} of this node's journal is another one in the event store than in the local journal: one of them is not this node's. ` +
        'Put the right folder in its place, or start this node under a name of its own (CLAVIGER_NODE); nothing is written over',
    );
  }
  return place;
}
