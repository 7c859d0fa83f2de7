import { constantTimeEqual } from '@claviger/crypto';
import {
  type AppendResult,
  type BackupContent,
  BackupDamaged,
  type EventStore,
  type NewEvent,
  ReferenceDestroyed,
  type SealedRecord,
  sealedOfBackup,
  WrongExpectedRevision,
} from '@claviger/ports';
import type { RestoreTargets } from '../profiles/restore-targets.js';
import type { RestoredFiles } from './files.js';
import { RestoreRefused } from './refusals.js';

type EventLine = Extract<BackupContent, { kind: 'event' | 'journal-event' }>;

const SEALED_AT_ONCE = 128;

/**
 * Writes what a backup holds into empty stores, in its order. Everything may be written twice: a restore that was cut short is run again
 * from the start, and finds there what it would have written.
 */
export class RestoreWriter {
  #events: EventLine[] = [];
  #sealed: SealedRecord[] = [];

  constructor(
    private readonly targets: RestoreTargets,
    private readonly files: RestoredFiles,
  ) {}

  /** @throws RestoreRefused when a store holds something else; BackupDamaged; what the stores throw */
  async write(line: BackupContent): Promise<void> {
    switch (line.kind) {
      case 'event':
        this.#events.push(line);
        if (this.#events.length >= this.targets.appendsAtOnce) await this.#appendAll();
        return;
      case 'journal-event':
        if (this.targets.journals === null) this.files.archive(line.stream, JSON.stringify(line));
        else await append(this.targets.journals, line);
        return;
      case 'sealed':
        this.#sealed.push(sealedOfBackup(line));
        if (this.#sealed.length >= SEALED_AT_ONCE) await this.#putAll();
        return;
      case 'file':
        this.files.begin(line);
        return;
      case 'bytes':
        this.files.write(Buffer.from(line.bytes, 'base64'));
        return;
    }
  }

  /** What still waits. */
  async flush(): Promise<void> {
    await this.#appendAll();
    await this.#putAll();
    this.files.end();
  }

  /** Handed over in their order; a store of this process keeps it. */
  async #appendAll(): Promise<void> {
    const events = this.#events;
    this.#events = [];
    await Promise.all(events.map((event) => append(this.targets.events, event)));
  }

  async #putAll(): Promise<void> {
    const records = this.#sealed;
    this.#sealed = [];
    await Promise.all(records.map((record) => this.#put(record)));
  }

  async #put(record: SealedRecord): Promise<void> {
    try {
      const stored = await this.targets.sealed.putIfAbsent(record);
      if (sameRecord(stored, record)) return;
    } catch (error) {
      if (error instanceof RangeError)
        throw new BackupDamaged(`a sealed record in it cannot be stored: ${error.message}`);
      if (!(error instanceof ReferenceDestroyed)) throw error;
    }
    throw new RestoreRefused(`The sealed store holds something else under ${record.reference} than the backup does.`);
  }
}

async function append(store: EventStore, line: EventLine): Promise<void> {
  const { stream, revision, id, type, schemaVersion, data, metadata } = line;
  const mac = Uint8Array.from(Buffer.from(line.mac, 'base64'));
  const event: NewEvent = { id, type, schemaVersion, data, metadata, mac };
  let result: AppendResult;
  try {
    result = await store.append(stream, revision - 1, [event]);
  } catch (error) {
    if (error instanceof WrongExpectedRevision) throw notEmpty(stream);
    if (error instanceof RangeError) throw new BackupDamaged(`an event in it cannot be stored: ${error.message}`);
    throw error;
  }
  const [stored] = result.events;
  if (stored === undefined || !sameEvent(stored, event)) throw notEmpty(stream);
}

const notEmpty = (stream: string): RestoreRefused =>
  new RestoreRefused(
    `The event store holds something else in stream ${stream} than the backup does. Does another node run on it?`,
  );

const sameEvent = (a: NewEvent, b: NewEvent): boolean =>
  a.id === b.id &&
  a.type === b.type &&
  a.schemaVersion === b.schemaVersion &&
  a.data === b.data &&
  a.metadata === b.metadata &&
  constantTimeEqual(a.mac, b.mac);

const sameRecord = (a: SealedRecord, b: SealedRecord): boolean =>
  a.kind === b.kind &&
  a.about === b.about &&
  constantTimeEqual(a.wrappedKey, b.wrappedKey) &&
  constantTimeEqual(a.blob, b.blob);
