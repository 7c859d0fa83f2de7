import { canonicalJson, type Json, uuidV5 } from '@claviger/crypto';
import {
  type Decider,
  type DomainEvent,
  type EventMetadata,
  KmsError,
  type MadeMaterial,
  schemaVersionOf,
  type StoredEvent,
  type StreamCategory,
} from '@claviger/domain';
import type { Clock, Ids, Logger, Timer } from '@claviger/platform';
import {
  Anchor,
  AuditJournal,
  EventIntegrityError,
  type EventRecord,
  EventStore,
  type NewEvent,
  UnknownOutcome,
  WrongExpectedRevision,
} from '@claviger/ports';
import { type KeyState, StreamUnavailable, TwoGenerationCache } from '@claviger/projections';
import { authorise, type Wanted } from '../access/authorise.js';
import type { Revocation } from '../access/revocation.js';
import type { HsmDevices, PlacedMaterial } from '../hsm-devices.js';
import { entryDetail } from '../entry-template.js';
import type { CallContext } from '../call-context.js';
import { foldRecords, type Loaded, recall } from './aggregate.js';
import type { EventDetails } from './event-details.js';
import { Serial } from './serial.js';

/** A command on one stream, as its handler hands it to the kernel. */
export interface Change<S, C, E extends DomainEvent, X, R> {
  readonly decider: Decider<S, C, E, X>;
  readonly category: StreamCategory;
  readonly stream: string;
  /** Account that owns the stream; its detail key seals the personal part of the events. */
  readonly account: string;
  readonly commandId: string;
  readonly command: C;
  readonly wanted: Wanted;
  /** Runs before each decision: facts may have changed since the last one. `material` is set for the second decision. */
  readonly context: (state: S, material: MadeMaterial | undefined) => X | Promise<X>;
  /** Describes the material that the decider asked for. Only for commands that make some. */
  readonly material?: (state: S, version: number) => PlacedMaterial;
  /** Also called to answer a repetition, with the state as it was right after the first run. */
  readonly result: (state: S, revision: number) => R | Promise<R>;
  /** Takes a right away or moves its target: the answer waits until no call that was authorised before can still use it. */
  readonly revokes: boolean;
}

const MOST_TRIES = 20;
const PAGE = 500;
/** Longer than any lease: a read model that does not follow, or a node that does not answer, within this time is broken. */
const LONGEST_WAIT_MS = 10_000;
const NOT_FOLLOWING = 'The change is stored, but this node does not follow the event store.';
const NOT_SETTLED =
  'The change is stored, but calls that began before it have not ended. Repeat this one to wait for them.';

export interface KernelOptions {
  readonly store: EventStore;
  readonly journal: AuditJournal;
  readonly anchor: Anchor;
  readonly devices: HsmDevices;
  readonly keyState: KeyState;
  readonly revocation: Revocation;
  readonly details: EventDetails;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly node: string;
  readonly cachedAggregates: number;
}

/** The only place that authorises, loads, decides, retries and appends. */
export class ChangeKernel {
  private readonly cache: TwoGenerationCache<string, Loaded<unknown>>;
  private readonly serial = new Serial();
  private sequence = 0;

  constructor(private readonly on: KernelOptions) {
    this.cache = new TwoGenerationCache(on.cachedAggregates);
  }

  /** @throws KmsError: whatever the decider refuses, AccessDenied, Conflict, PreconditionFailed, Unavailable */
  async execute<S, C, E extends DomainEvent, X, R>(call: CallContext, change: Change<S, C, E, X, R>): Promise<R> {
    // 1. May this caller do this? Before anything is read, so that refusals tell nothing.
    authorise(call, change.wanted, change.command);
    return this.serial.run(change.stream, () => this.attempt(call, change));
  }

  /** The store file was written by somebody else: read everything again. */
  distrust(): void {
    this.cache.clear();
  }

  private async attempt<S, C, E extends DomainEvent, X, R>(
    call: CallContext,
    change: Change<S, C, E, X, R>,
  ): Promise<R> {
    for (let tries = 1; ; tries += 1) {
      // 2. The aggregate, up to the last event of its stream.
      const loaded = await this.load(change);
      // 3. Done before? Looked at before If-Match and decide, which would both refuse the repetition.
      const past = recall(loaded.commands, change.commandId, this.on.clock.now());
      if (past !== undefined) return this.repeat(call, change, past);
      // 4. Does the caller insist on a revision?
      if (call.ifMatch !== null && call.ifMatch !== loaded.revision) {
        throw new KmsError(
          'PreconditionFailed',
          `If-Match: expected revision ${call.ifMatch}, found ${loaded.revision}.`,
        );
      }
      if (change.category === 'key') call.facts.decidedOn = { ...call.facts.decidedOn, key: loaded.revision };
      // 5. Decide; make material where the decision asks for it, and decide again.
      const events = await this.decide(change, loaded);
      if (events.length === 0) {
        // Somebody else's revocation may not be through yet; what is said to be so must be so.
        await this.settled(change);
        return change.result(loaded.state, loaded.revision);
      }
      // 6. Nothing is appended while the journal or the anchor cannot be written.
      this.assertRecordable();
      // 7. Append.
      const appended = await this.append(call, change, loaded.revision, events, tries);
      if (appended === undefined) continue;
      call.facts.events += appended.length;
      // 8. What the store holds, never our copy, is applied: to the cache, then to this node's read model.
      const after = foldRecords(change.decider, change.category, loaded, appended, this.on.clock.now());
      this.cache.set(change.stream, after);
      await this.within(this.on.keyState.reached(appended.at(-1)?.position ?? 0n), NOT_FOLLOWING);
      // 9. Revocation: later calls see the new state; earlier ones must have ended.
      await this.settled(change);
      return change.result(after.state, after.revision);
    }
  }

  private async load<S, C, E extends DomainEvent, X, R>(change: Change<S, C, E, X, R>): Promise<Loaded<S>> {
    const fault = this.on.keyState.faulted().get(change.stream);
    if (fault !== undefined) throw new StreamUnavailable(change.stream, fault);
    // The cache is keyed by stream, and a stream has one decider.
    let loaded = (this.cache.get(change.stream) as Loaded<S> | undefined) ?? {
      state: change.decider.initialState,
      revision: -1,
      commands: new Map(),
    };
    try {
      for (;;) {
        const page = await this.on.store.readStream(change.stream, loaded.revision + 1, PAGE);
        loaded = foldRecords(change.decider, change.category, loaded, page, this.on.clock.now());
        if (page.length < PAGE) break;
      }
    } catch (error) {
      if (!(error instanceof EventIntegrityError)) throw error;
      this.on.keyState.condemn(change.stream, error.message);
      throw new StreamUnavailable(change.stream, { reason: error.message, newer: null });
    }
    this.cache.set(change.stream, loaded);
    return loaded;
  }

  /** Answers a repetition with the first result: the state right after the first run's last event. */
  private async repeat<S, C, E extends DomainEvent, X, R>(
    call: CallContext,
    change: Change<S, C, E, X, R>,
    past: { readonly requestHash: string | undefined; readonly revision: number },
  ): Promise<R> {
    if ((call.requestHash ?? undefined) !== past.requestHash) {
      throw new KmsError('Conflict', 'The idempotency key was used before with another request.');
    }
    let then: Loaded<S> = { state: change.decider.initialState, revision: -1, commands: new Map() };
    while (then.revision < past.revision) {
      const count = Math.min(PAGE, past.revision - then.revision);
      const page = await this.on.store.readStream(change.stream, then.revision + 1, count);
      if (page.length === 0) throw new KmsError('Internal', 'The events of an earlier run are gone.');
      then = foldRecords(change.decider, change.category, then, page, this.on.clock.now());
    }
    // The first run may have died between its append and its answer: the read model catches up before this one is given.
    await this.on.keyState.toHead();
    await this.settled(change);
    return change.result(then.state, then.revision);
  }

  private async decide<S, C, E extends DomainEvent, X, R>(
    change: Change<S, C, E, X, R>,
    loaded: Loaded<S>,
  ): Promise<readonly E[]> {
    const { decider, command } = change;
    const first = decider.decide(loaded.state, command, await change.context(loaded.state, undefined));
    if (first.kind === 'events') return first.events;
    if (change.material === undefined)
      throw new KmsError('Internal', 'A command asked for key material it cannot describe.');
    // Checked before material is made that nothing would ever point to.
    this.assertRecordable();
    const material = change.material(loaded.state, first.version);
    // The number is anchored before anything bears it, so that a restored log never gives it out again.
    await this.on.anchor.raiseVersionMark(material.keyId, material.version);
    const made = await this.on.devices.generate(material);
    const publicPart: MadeMaterial = {
      version: material.version,
      reference: material.reference,
      spec: material.spec,
      publicKey: made.publicKey === undefined ? null : Buffer.from(made.publicKey).toString('base64'),
      fingerprint: Buffer.from(made.fingerprint).toString('hex'),
      token: made.token,
    };
    const second = decider.decide(loaded.state, command, await change.context(loaded.state, publicPart));
    if (second.kind === 'events') return second.events;
    throw new KmsError('Internal', 'A command asked for key material twice.');
  }

  /** @returns undefined when the stream moved on, or may have: load again and look. */
  private async append<S, C, E extends DomainEvent, X, R>(
    call: CallContext,
    change: Change<S, C, E, X, R>,
    revision: number,
    events: readonly E[],
    tries: number,
  ): Promise<readonly EventRecord[] | undefined> {
    const now = this.on.clock.now();
    const detail = await this.on.details.seal(change.account, now, change.commandId, entryDetail(call));
    const prepared = events.map((event, index) => this.prepare(call, change, event, index, now, detail));
    try {
      return (await this.on.store.append(change.stream, revision, prepared)).events;
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision || error instanceof UnknownOutcome)) throw error;
      if (error instanceof WrongExpectedRevision && call.ifMatch !== null) {
        throw new KmsError('PreconditionFailed', `If-Match: expected revision ${call.ifMatch}, found ${error.actual}.`);
      }
      if (tries >= MOST_TRIES) {
        throw new KmsError('Conflict', 'Too many concurrent changes of this resource. Try again.');
      }
      return undefined;
    }
  }

  private prepare<S, C, E extends DomainEvent, X, R>(
    call: CallContext,
    { commandId, account }: Change<S, C, E, X, R>,
    event: E,
    index: number,
    now: number,
    detail: string,
  ): NewEvent {
    this.sequence += 1;
    const metadata: EventMetadata = {
      commandId,
      ...(call.requestHash === null ? {} : { requestHash: call.requestHash }),
      requestId: call.requestId,
      correlationId: call.requestId,
      actor: call.caller.id,
      account,
      protocol: call.protocol,
      operation: call.operation,
      node: this.on.node,
      sequence: this.sequence,
      decidedOn: call.facts.decidedOn,
      occurredAt: new Date(now).toISOString(),
      detail,
    };
    // Event payloads are JSON by construction (domain events hold only plain values); canonicalJson refuses anything else.
    return {
      id: uuidV5(commandId, String(index)),
      type: event.type,
      schemaVersion: schemaVersionOf(event.type as StoredEvent['type']),
      data: canonicalJson(event.data as Json),
      metadata: canonicalJson(metadata as unknown as Json),
      mac: new Uint8Array(),
    };
  }

  private assertRecordable(): void {
    if (!this.on.journal.writable()) {
      throw new KmsError('Unavailable', 'The audit journal cannot be written. Nothing is changed without its record.');
    }
    if (!this.on.anchor.writable()) {
      throw new KmsError('Unavailable', 'The anchor cannot be written. Nothing is changed until it can.');
    }
  }

  private async settled({ revokes }: { readonly revokes: boolean }): Promise<void> {
    if (revokes) await this.within(this.on.revocation.settled(), NOT_SETTLED);
  }

  /** @throws KmsError Unavailable with `late` for what takes too long: the change itself is durable */
  private async within(awaited: Promise<void>, late: string): Promise<void> {
    let timer: Timer | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = this.on.clock.after(LONGEST_WAIT_MS, () => reject(new KmsError('Unavailable', late)));
    });
    try {
      await Promise.race([awaited, timeout]);
    } finally {
      timer?.cancel();
    }
  }
}
