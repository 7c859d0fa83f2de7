import type { HmacSha256 } from '@claviger/crypto';
import { isHeartbeatStream } from '@claviger/domain';
import {
  ANCHOR_FILE,
  type AnchorContent,
  BACKUP_CHUNK,
  backupEvent,
  type BackupHeader,
  type BackupLine,
  backupSealed,
  BackupTally,
  type BackupEnd,
  type CopyJournal,
  encodeAnchor,
  type EventStore,
  SEALED_KINDS,
  type SealedStore,
} from '@claviger/ports';

/** What a backup is made of. */
export interface BackupSources {
  readonly store: EventStore;
  readonly sealed: SealedStore;
  readonly journal: CopyJournal;
  /** Read when everything else is: who was destroyed until then is in the register. */
  readonly anchor: () => Promise<AnchorContent>;
  readonly anchorKey: HmacSha256;
  readonly backupKey: HmacSha256;
}

/** A line as it is written, or the end of it all. */
export interface WrittenLine {
  readonly text: string;
  readonly end?: BackupEnd;
  /** This event does not verify; it is in the backup as it is stored. */
  readonly damaged?: true;
}

const EVENTS_PER_PAGE = 200;
const RECORDS_PER_PAGE = 200;

/**
 * The lines of a backup, in the order of its format. Nothing is held between two lines: whoever asks for the next one late holds back
 * nobody but himself.
 *
 * Streams of heartbeats are left out: they say who lives, their old events are forgotten by the store, and so they could not be
 * appended again at their revisions.
 */
export async function* backupLines(
  sources: BackupSources,
  header: BackupHeader,
): AsyncGenerator<WrittenLine, void, undefined> {
  const tally = new BackupTally();
  const write = (line: BackupLine, damaged?: true): WrittenLine => {
    const text = JSON.stringify(line);
    tally.add(line, text);
    return damaged === undefined ? { text } : { text, damaged };
  };
  yield write(header);
  for await (const line of journalLines(sources.journal)) yield write(line);
  for await (const [line, damaged] of eventLines(sources.store, BigInt(header.position))) yield write(line, damaged);
  for await (const line of sealedLines(sources.sealed)) yield write(line);
  const anchor = await sources.anchor();
  // Without its state: what the anchor of a restored service vouches for has to be accepted by an operator first.
  const { bytes } = encodeAnchor({ ...anchor, state: undefined }, sources.anchorKey);
  yield write({ kind: 'file', folder: 'anchor', name: ANCHOR_FILE });
  for (const line of bytesLines(bytes)) yield write(line);
  const end = tally.end(sources.backupKey, anchor.destroyed.size);
  yield { text: JSON.stringify(end), end };
}

async function* journalLines(copy: CopyJournal): AsyncGenerator<BackupLine> {
  for await (const piece of copy()) {
    if (piece.kind === 'event') {
      yield backupEvent('journal-event', piece.event);
      continue;
    }
    yield { kind: 'file', folder: 'journal', name: piece.name };
    for await (const chunk of piece.chunks) yield* bytesLines(chunk);
  }
}

async function* eventLines(
  store: EventStore,
  upTo: bigint,
): AsyncGenerator<readonly [line: BackupLine, damaged: true | undefined]> {
  for (let after = 0n; after < upTo; ) {
    const page = await store.readAll({ after, maxCount: EVENTS_PER_PAGE });
    for (const event of page.events) {
      if (event.position > upTo) return;
      if (!isHeartbeatStream(event.stream)) yield [backupEvent('event', event), event.damaged];
    }
    if (page.atEnd) return;
    after = page.next;
    await turn();
  }
}

async function* sealedLines(sealed: SealedStore): AsyncGenerator<BackupLine> {
  for (const kind of SEALED_KINDS) {
    for (let after = ''; ; ) {
      const references = await sealed.list(kind, after, RECORDS_PER_PAGE);
      for (const reference of references) {
        const record = await sealed.get(reference);
        // Destroyed since it was listed: then it is in the register.
        if (record !== undefined) yield backupSealed(record);
      }
      const last = references.at(-1);
      if (last === undefined) break;
      after = last;
      await turn();
    }
  }
}

function* bytesLines(bytes: Uint8Array): Generator<BackupLine> {
  for (let at = 0; at < bytes.length; at += BACKUP_CHUNK) {
    yield { kind: 'bytes', bytes: Buffer.from(bytes.subarray(at, at + BACKUP_CHUNK)).toString('base64') };
  }
}

/** Pages of a store in this process come without waiting; calls must not wait for all of them. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
