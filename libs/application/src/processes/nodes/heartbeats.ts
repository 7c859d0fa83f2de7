import { heartbeatStream } from '@claviger/domain';
import type { Clock, Ids, Logger, Timer } from '@claviger/platform';
import { type EventRecord, type EventStore, NO_STREAM, UnknownOutcome, WrongExpectedRevision } from '@claviger/ports';
import type { FeedObserver } from '@claviger/projections';
import { type Lease, UseLease } from '../../access/lease.js';
import type { Revocation } from '../../access/revocation.js';
import type { UseGate } from '../../access/use-gate.js';
import { type Beat, beatEvent, parseBeat, type Phase, unreadableBeat } from './beat.js';
import { LeaseHolders } from './lease-holders.js';

const EVERY_MS = 1_000;
/** Longer than the interval between two heartbeats of another node. */
const VOUCHED_WITHIN_MS = 3_000;
const MOST_TRIES = 5;
/** Sent beats whose reading back is awaited; a node that is cut off sends no more than this many. */
const MOST_PENDING = 100;

interface Sent {
  readonly number: number;
  readonly position: bigint;
}

export interface HeartbeatParts {
  readonly store: EventStore;
  /** Unique among the nodes that run. */
  readonly node: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/**
 * One node among others (DESIGN section 7). It appends heartbeats and reads them back through the subscription that feeds its key state:
 * a beat that comes back proves that everything before it is applied here, and renews the lease to use keys. What it has drained stands
 * in the beat, for the nodes that wait with a revocation.
 */
export class Heartbeats implements FeedObserver, Revocation {
  private readonly useLease: UseLease;
  private readonly others: LeaseHolders;
  private readonly incarnation: string;
  private readonly pending = new Map<number, number>();
  private gate: UseGate | undefined;
  private phase: Phase = 'starting';
  private number = 0;
  private revision = NO_STREAM;
  private folding = 0n;
  private drainedTo = 0n;
  private draining = false;
  private running: Promise<Sent> | undefined;
  private next: Promise<Sent> | undefined;
  private lastRead = 0;
  private onRead: (() => void)[] = [];
  private vouched: ((vouched: boolean) => void) | undefined;
  private timer: Timer | undefined;

  constructor(private readonly on: HeartbeatParts) {
    this.useLease = new UseLease(on.clock);
    this.others = new LeaseHolders(on.clock);
    this.incarnation = on.ids.uuid4();
  }

  get lease(): Lease {
    return this.useLease;
  }

  /** Other nodes that may use keys now. */
  nodes(): readonly string[] {
    return this.others.nodes();
  }

  /** From here on this node serves: calls enter through `gate`. Resolves when the first lease is held. */
  async serve(gate: UseGate): Promise<void> {
    this.gate = gate;
    this.phase = 'serving';
    // Nothing was used before this moment: there is nothing to wait for.
    this.drainedTo = this.folding;
    await this.readBack();
    this.timer = this.on.clock.every(EVERY_MS, () => this.beatSoon());
  }

  /** When no call runs any more: others need not wait for this node's lease. */
  async leave(): Promise<void> {
    this.timer?.cancel();
    this.phase = 'leaving';
    this.useLease.end();
    await this.beat().catch((error: unknown) =>
      this.on.logger.warn('the last heartbeat was not stored, others wait for the lease to run out', { error }),
    );
  }

  /**
   * Appends a heartbeat, not begun before this call; callers that come while one is under way share the next.
   * @returns its position, before which everything stands that the store holds now
   * @throws EventStoreUnavailable, UnknownOutcome
   */
  async barrier(): Promise<bigint> {
    return (await this.beat()).position;
  }

  heartbeat(record: EventRecord): void {
    const beat = parseBeat(record);
    if (beat === undefined) return this.others.read(unreadableBeat(record));
    // The stream's name is under the MAC, the name inside is only said: a node speaks for itself alone.
    if (record.stream !== heartbeatStream(beat.node)) return;
    if (beat.incarnation !== this.incarnation) return this.beatOfOther(beat);
    const begun = this.pending.get(beat.number);
    for (const number of this.pending.keys()) if (number <= beat.number) this.pending.delete(number);
    if (begun !== undefined && this.phase === 'serving' && beat.phase === 'serving') this.useLease.renew(begun);
    this.lastRead = Math.max(this.lastRead, beat.number);
    for (const wake of this.onRead.splice(0)) wake();
  }

  /**
   * Is another node alive that serves? It has an anchor, and would have noticed a log that was cut or replaced; so a node without one may
   * rely on it. Asked before {@link serve}.
   */
  async vouchedFor(): Promise<boolean> {
    const { number } = await this.beat();
    return new Promise((resolve) => {
      const timer = this.on.clock.after(VOUCHED_WITHIN_MS, () => this.vouched?.(false));
      this.vouched = (vouched): void => {
        // Only what was sent after the question counts: it stands behind it in the log.
        if (vouched && this.lastRead < number) return;
        this.vouched = undefined;
        timer.cancel();
        resolve(vouched);
      };
    });
  }

  folded(position: bigint): void {
    this.folding = position;
    if (this.gate !== undefined && !this.draining) void this.drain(this.gate);
  }

  async settled(): Promise<void> {
    await Promise.all([this.gate?.drain(), this.others.drained(this.folding, () => this.readBack())]);
  }

  private beatOfOther(beat: Beat): void {
    this.others.read(beat);
    if (beat.phase === 'serving') this.vouched?.(true);
    // Who starts looks for somebody who serves, and should not have to wait.
    if (beat.phase === 'starting' && this.useLease.held) this.beatSoon();
  }

  private beat(): Promise<Sent> {
    if (this.next !== undefined) return this.next;
    if (this.running === undefined) return this.send();
    this.next = this.running
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.send();
      });
    return this.next;
  }

  private send(): Promise<Sent> {
    this.running = this.append().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async append(): Promise<Sent> {
    const { store, node, clock, ids } = this.on;
    this.number += 1;
    const { number, incarnation, phase } = this;
    // The lease counts from before the append: whatever takes long on the way shortens it.
    if (this.pending.size < MOST_PENDING) this.pending.set(number, clock.monotonic());
    const event = beatEvent(ids.uuid4(), { node, incarnation, number, phase, drained: this.drainedTo }, clock.now());
    for (let tries = 1; ; tries += 1) {
      try {
        const { events } = await store.append(heartbeatStream(node), this.revision, [event]);
        const stored = events[0];
        if (stored === undefined) throw new UnknownOutcome('a heartbeat was appended, and the store shows none');
        this.revision = stored.revision;
        return { number, position: stored.position };
      } catch (error) {
        const again = error instanceof WrongExpectedRevision || error instanceof UnknownOutcome;
        if (!again || tries === MOST_TRIES) throw error;
        // An earlier run of this node left the stream there, or the event is stored already, which its id tells.
        if (error instanceof WrongExpectedRevision) this.revision = error.actual;
      }
    }
  }

  /** Resolves when a heartbeat begun now has been read back: everything before it has been read too. */
  private async readBack(): Promise<void> {
    const { number } = await this.beat();
    while (this.lastRead < number) await new Promise<void>((resolve) => this.onRead.push(resolve));
  }

  /** After each change: lets the calls end that were authorised before it, then says so. */
  private async drain(gate: UseGate): Promise<void> {
    this.draining = true;
    try {
      while (this.drainedTo < this.folding) {
        const position = this.folding;
        await gate.drain();
        this.drainedTo = position;
        await this.beat();
      }
    } catch (error) {
      this.on.logger.warn('a heartbeat could not be stored', { error });
    } finally {
      this.draining = false;
    }
  }

  private beatSoon(): void {
    if (this.running !== undefined) return;
    this.beat().catch((error: unknown) => this.on.logger.warn('a heartbeat could not be stored', { error }));
  }
}
