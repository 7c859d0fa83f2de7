import type { Clock, Logger } from '@claviger/platform';
import {
  type RootChange,
  type RootRotation,
  SEALED_KINDS,
  type Seal,
  type SealedKind,
  type SealedStore,
  sealedRecordContext,
} from '@claviger/ports';

const PAGE = 200;
/** How often a record is read again that somebody else changed in between. */
const TRIES = 5;

/** Something wrapped by the seal that is no record of the sealed store: the journal's key in its file. */
export interface WrappedElsewhere {
  /** What messages call it. */
  readonly name: string;
  /** The context that it is wrapped under. */
  readonly context: string;
  /** The wrapped key; undefined when there is none. */
  read(): Promise<Uint8Array | undefined>;
  /** Puts `next` in the place of `expected`, durable on return. @returns false when it holds another */
  replace(expected: Uint8Array, next: Uint8Array): Promise<boolean>;
}

export interface RotateRootParts {
  readonly seal: Seal & RootRotation;
  readonly store: SealedStore;
  readonly elsewhere: readonly WrappedElsewhere[];
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * For so long after a change has begun the old root key is kept at least: longer than any call takes from wrapping a key to storing
   * it, and than any process takes to see that a change has begun (`refreshRoot`). Milliseconds.
   */
  readonly settleMs: number;
  /** How many records a pass has looked at, and how many there were when it began. */
  readonly onProgress?: (done: number, of: number) => void;
  /** True: end at the next record. Nothing is lost, {@link RotateRoot.resume} begins the pass again. */
  readonly stopped?: () => boolean;
}

/** The process ends: a pass was left, and will be begun again. */
export class RotationStopped extends Error {
  override readonly name = 'RotationStopped';
}

/** How far a change of the root key is. */
export type RootRotationState =
  | { readonly state: 'none' }
  | { readonly state: 'finished'; readonly change: RootChange; readonly pass: RewrapPass }
  /** Everything found is re-wrapped; what was being stored meanwhile is looked for once the time has passed. */
  | { readonly state: 'settling'; readonly change: RootChange; readonly pass: RewrapPass; readonly waitMs: number }
  /** These open under neither root key. The old one is kept, so that they can still be restored from a backup. */
  | {
      readonly state: 'held-up';
      readonly change: RootChange;
      readonly pass: RewrapPass;
      readonly unreadable: readonly string[];
    };

/** One pass over everything that is wrapped. */
export interface RewrapPass {
  readonly rewrapped: number;
  /** Under the new root key already. */
  readonly current: number;
}

/**
 * Exchanges the root key. What was wrapped under the old one is wrapped anew, record by record; secrets themselves are not touched.
 *
 * 1. The seal makes the new root key, durable beside the old one, and wraps under it from then on.
 * 2. A pass over everything: read, re-wrap if it is under the old root key, replace if it is still what was read.
 * 3. Only after a pass that began when the change had settled, and in which nothing was unreadable, is the old root key forgotten.
 *
 * It may end anywhere, also by a kill: until step 3 is durable every record opens under one of the two keys, and {@link resume} begins
 * a pass again. Where it stands is in the seal's file; there is no cursor, for what lies before one can have been stored since. Passes
 * of several processes at once do no harm.
 */
export class RotateRoot {
  constructor(private readonly on: RotateRootParts) {}

  /** Begins a change, durable on return, unless one is under way; {@link resume} then does it. @throws Sealed, and what the seal's file throws */
  async begin(): Promise<RootChange> {
    const { seal, clock, logger } = this.on;
    const change = await seal.beginRootChange(clock.now());
    logger.info('the root key is being exchanged', { from: change.from, to: change.to });
    return change;
  }

  /**
   * Goes on with a change under way; does nothing when there is none. Called at each start and from time to time.
   * @param acceptUnreadable references and names that an operator has given up: they do not hold up the change any more
   * @throws Sealed, SealedStoreUnavailable, RotationStopped, and what a place elsewhere throws
   */
  async resume(acceptUnreadable: readonly string[] = []): Promise<RootRotationState> {
    const { seal } = this.on;
    await seal.refreshRoot();
    const change = seal.rootChange();
    return change === undefined ? { state: 'none' } : this.#go(change, acceptUnreadable);
  }

  async #go(change: RootChange, accepted: readonly string[]): Promise<RootRotationState> {
    const { seal, logger } = this.on;
    // Before the pass: what was wrapped under the old key until here is stored by the time that the pass begins, if it has settled.
    const waitMs = this.#waitMs(change);
    const tally: Tally = { rewrapped: 0, current: 0, unreadable: [], done: 0, of: await this.#count() };
    for (const kind of SEALED_KINDS) await this.#rewrapKind(kind, tally);
    for (const place of this.on.elsewhere) await this.#rewrap(tally, place);
    const pass = { rewrapped: tally.rewrapped, current: tally.current };
    const unreadable = tally.unreadable.filter((name) => !accepted.includes(name));
    if (unreadable.length > 0) {
      logger.error('ALERT: records open under neither root key, so the old one is kept', { count: unreadable.length });
      return { state: 'held-up', change, pass, unreadable };
    }
    if (waitMs > 0) return { state: 'settling', change, pass, waitMs };
    await seal.finishRootChange(change.to);
    logger.info('the root key was exchanged, the old one is forgotten', { from: change.from, to: change.to, ...pass });
    return { state: 'finished', change, pass };
  }

  /** A clock that was set back makes it wait longer, never shorter. */
  #waitMs({ startedAt }: RootChange): number {
    return Math.max(0, startedAt + this.on.settleMs - this.on.clock.now());
  }

  async #rewrapKind(kind: SealedKind, tally: Tally): Promise<void> {
    const { store } = this.on;
    for (let after = ''; ; ) {
      const references = await store.list(kind, after, PAGE);
      for (const reference of references) {
        await this.#rewrap(tally, {
          name: reference,
          context: sealedRecordContext(reference, kind),
          read: async () => (await store.get(reference))?.wrappedKey,
          replace: (expected, next) => store.replaceWrappedKey(reference, expected, next),
        });
      }
      const last = references.at(-1);
      if (last === undefined) return;
      after = last;
    }
  }

  async #count(): Promise<number> {
    let count = this.on.elsewhere.length;
    for (const kind of SEALED_KINDS) {
      for (let after: string | undefined = ''; after !== undefined; ) {
        const references: readonly string[] = await this.on.store.list(kind, after, PAGE);
        count += references.length;
        after = references.at(-1);
      }
    }
    return count;
  }

  async #rewrap(tally: Tally, place: WrappedElsewhere): Promise<void> {
    if (this.on.stopped?.() === true)
      throw new RotationStopped('the exchange of the root key goes on at the next start');
    await this.#rewrapOne(tally, place);
    tally.done += 1;
    this.on.onProgress?.(tally.done, Math.max(tally.done, tally.of));
  }

  async #rewrapOne(tally: Tally, place: WrappedElsewhere): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      const wrapped = await place.read();
      if (wrapped === undefined) return; // destroyed since
      const next = await this.on.seal.rewrap(wrapped, place.context);
      if (next === 'current') {
        tally.current += 1;
        return;
      }
      if (next === undefined) break;
      if (await place.replace(wrapped, next)) {
        tally.rewrapped += 1;
        return;
      }
    }
    tally.unreadable.push(place.name);
  }
}

interface Tally {
  rewrapped: number;
  current: number;
  readonly unreadable: string[];
  done: number;
  readonly of: number;
}
