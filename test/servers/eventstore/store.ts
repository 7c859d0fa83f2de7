import { randomUUID } from 'node:crypto';
import { checkCommit, type Decision, type Expected } from './commit-check.js';
import { type ProposedEvent, type StoredEvent, TOMBSTONE } from './event.js';
import { EventLog } from './log.js';
import { DELETED_BEFORE, Streams } from './streams.js';

export type Appended =
  | { readonly kind: 'success'; readonly revision: bigint; readonly position: bigint }
  | Exclude<Decision, { kind: 'write' } | { kind: 'idempotent' }>;

interface Waiting {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly ProposedEvent[];
  readonly answer: (appended: Appended) => void;
}

const json = (type: string, data: unknown): ProposedEvent => ({
  id: randomUUID(),
  type,
  contentType: 'application/json',
  data: Buffer.from(JSON.stringify(data)),
  metadata: new Uint8Array(0),
});

/** Streams over the log. The appends of one turn share one sync; nobody sees an event, or an answer, before it. */
export class StandInStore {
  readonly streams = new Streams();
  readonly #log: EventLog;
  readonly #listeners = new Set<() => void>();
  #waiting: Waiting[] = [];
  #closed = false;

  constructor(folder: string) {
    this.#log = new EventLog(folder);
    for (const event of this.#log.events) this.streams.add(event);
  }

  get end(): bigint {
    return this.#log.end;
  }

  append(stream: string, expected: Expected, events: readonly ProposedEvent[]): Promise<Appended> {
    return new Promise((resolve) => {
      this.#waiting.push({ stream, expected, events, answer: resolve });
      if (this.#waiting.length === 1) setImmediate(() => this.#flush());
    });
  }

  setMetadata(stream: string, metadata: Record<string, unknown>): Promise<Appended> {
    return this.append(`$$${stream}`, 'any', [json('$metadata', metadata)]);
  }

  /** Soft: the stream reads as absent, and goes on counting when it is appended to again. */
  async delete(stream: string, expected: Expected): Promise<Appended> {
    const decision = checkCommit(this.streams, stream, expected, [randomUUID()]);
    if (decision.kind === 'idempotent') throw new Error('a new id stands in no stream');
    if (decision.kind !== 'write') return decision;
    return this.setMetadata(stream, { $tb: DELETED_BEFORE.toString() });
  }

  /** Hard: the stream can never be written or read again. */
  tombstone(stream: string, expected: Expected): Promise<Appended> {
    return this.append(stream, expected, [json(TOMBSTONE, {})]);
  }

  /** Called after each sync that stored something. */
  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#log.close();
  }

  #flush(): void {
    const group = this.#waiting;
    this.#waiting = [];
    if (group.length === 0 || this.#closed) return;
    const before = this.streams.all.length;
    const outcomes = group.map((waiting) => this.#carryOut(waiting));
    const grown = this.streams.all.length > before;
    if (grown) this.#log.sync();
    group.forEach(({ answer }, i) => {
      const outcome = outcomes[i];
      if (outcome !== undefined) answer(outcome);
    });
    if (grown) for (const listener of this.#listeners) listener();
  }

  #carryOut({ stream, expected, events }: Waiting): Appended {
    const decision = checkCommit(
      this.streams,
      stream,
      expected,
      events.map(({ id }) => id),
    );
    switch (decision.kind) {
      case 'idempotent':
        return this.#success(decision.events);
      case 'wrong-expected-version':
      case 'deleted':
        return decision;
      case 'write':
        return this.#write(stream, decision.last, events);
    }
  }

  #write(stream: string, last: bigint, events: readonly ProposedEvent[]): Appended {
    const created = Date.now();
    const revived = this.streams.isDeleted(stream);
    const stored = this.#log.write(
      events.map((event, i) => ({ ...event, stream, revision: last + 1n + BigInt(i), created })),
    );
    for (const event of stored) this.streams.add(event);
    if (revived) {
      const metadata = `$$${stream}`;
      const event = { ...json('$metadata', { $tb: (last + 1n).toString() }), stream: metadata, created };
      for (const one of this.#log.write([{ ...event, revision: this.streams.last(metadata) + 1n }]))
        this.streams.add(one);
    }
    return this.#success(stored);
  }

  #success(events: readonly StoredEvent[]): Appended {
    const last = events.at(-1);
    return { kind: 'success', revision: last?.revision ?? -1n, position: last?.position ?? 0n };
  }
}
