import { isHeartbeatStream } from '@claviger/domain';
import { monthOf, type RecordedEntry } from '@claviger/ports';
import { rowOfEntry } from './entry-row.js';
import { type AuditedEvent, rowOfEvent } from './event-row.js';
import { type AuditRow, isSameRecord, mergeRows } from './row.js';
import { entryId, eventId } from './row-id.js';
import { readRow, ROW_COLUMNS, writeRow } from './stored-row.js';
import type { AuditFile } from './table.js';

/** How far the view is: everything up to here is in, and nothing beyond. */
export interface AuditCheckpoint {
  /** Sequence of the journal. */
  readonly journal: number;
  /** Position of the event store. */
  readonly store: bigint;
}

/** An event together with its opened detail: empty when there is none, null when it cannot be opened. */
export interface OpenedEvent extends AuditedEvent {
  readonly detail: string | null;
}

/** Heartbeats of nodes are no calls of anybody; one that does not verify is worth a row. */
const isCall = ({ stream, damaged }: OpenedEvent): boolean => damaged === true || !isHeartbeatStream(stream);

const PUT = 'INSERT OR REPLACE INTO meta (name, value) VALUES (?,?)';
const EVENTS_OF_REQUEST = `SELECT ${ROW_COLUMNS} FROM audit a INDEXED BY audit_by_request WHERE a.request_id=? AND a.id<0 ORDER BY a.id LIMIT 100`;
const MOST_SEEN_NAMES = 20_000;

/**
 * Takes journal entries and events into the file. A batch is one transaction, its checkpoint included; whatever lies at or below the
 * checkpoint has been taken in before and is passed over.
 */
export class AuditFold {
  private at: AuditCheckpoint;
  /** Time of the last event, for one that does not tell its own. */
  private lastEventAt: number;
  private readonly seenNames = new Set<string>();
  private month = '';
  private monthFrom = 0;
  private monthTo = 0;

  constructor(private readonly file: AuditFile) {
    const meta = new Map(file.all('SELECT name, value FROM meta').map(([name, value]) => [name, String(value)]));
    this.at = { journal: Number(meta.get('journal') ?? 0), store: BigInt(meta.get('store') ?? 0) };
    this.lastEventAt = Number(meta.get('lastEventAt') ?? 0);
  }

  get checkpoint(): AuditCheckpoint {
    return this.at;
  }

  /** @throws SQLite's errors; the file is then as before */
  entries(entries: readonly RecordedEntry[]): void {
    const { journal, store } = this.at;
    const fresh = entries.filter((entry) => entry.sequence > journal);
    const last = fresh.at(-1);
    if (last === undefined) return;
    this.commit(() => {
      for (const entry of fresh) this.write(entryId(entry.sequence), rowOfEntry(entry));
      this.file.run(PUT, 'journal', String(last.sequence));
    });
    this.at = { journal: last.sequence, store };
  }

  /** @throws SQLite's errors; the file is then as before */
  events(events: readonly OpenedEvent[]): void {
    const { journal, store } = this.at;
    const fresh = events.filter((event) => event.position > store);
    const last = fresh.at(-1);
    if (last === undefined) return;
    const before = this.lastEventAt;
    try {
      this.commit(() => {
        for (const event of fresh) if (isCall(event)) this.event(event);
        this.file.run(PUT, 'store', String(last.position));
        this.file.run(PUT, 'lastEventAt', String(this.lastEventAt));
      });
    } catch (error) {
      this.lastEventAt = before;
      throw error;
    }
    this.at = { journal, store: last.position };
  }

  /** After an erasure names may have gone from the file. */
  forgetNames(): void {
    this.seenNames.clear();
  }

  private event(event: OpenedEvent): void {
    const row = rowOfEvent(event, event.detail, this.lastEventAt);
    this.lastEventAt = row.at;
    if (row.requestId !== '') {
      const stored = this.file.all(EVENTS_OF_REQUEST, row.requestId).map(readRow);
      const first = stored.find((candidate) => isSameRecord(candidate, row));
      if (first !== undefined) {
        this.write(eventId(BigInt(first.position)), mergeRows(first, row));
        return;
      }
    }
    this.write(eventId(event.position), row);
  }

  private write(id: number | bigint, row: AuditRow): void {
    writeRow(this.file, id, row);
    if (row.principalName !== null) this.bears(row, row.principalName);
  }

  /** Remembers who bore a name, so that a search by name need not look at every row. */
  private bears(row: AuditRow, name: string): void {
    if (row.at < this.monthFrom || row.at >= this.monthTo) {
      this.month = monthOf(row.at);
      this.monthFrom = Date.parse(`${this.month}-01T00:00:00Z`);
      const first = new Date(this.monthFrom);
      this.monthTo = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 1);
    }
    const key = `${this.month}\n${row.account}\n${row.principal ?? ''}\n${name}`;
    if (this.seenNames.has(key)) return;
    this.file.run(
      'INSERT OR IGNORE INTO names (account, name, principal, month) VALUES (?,?,?,?)',
      row.account,
      name,
      row.principal ?? '',
      this.month,
    );
    if (this.seenNames.size >= MOST_SEEN_NAMES) this.seenNames.clear();
    this.seenNames.add(key);
  }

  private commit(work: () => void): void {
    try {
      this.file.transaction(work);
    } catch (error) {
      // What was remembered may just have been rolled back.
      this.seenNames.clear();
      throw error;
    }
  }
}
