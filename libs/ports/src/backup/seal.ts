import { canonicalJson, constantTimeEqual, type HmacSha256, Sha256Stream } from '@claviger/crypto';
import type { BackupCounts, BackupEnd, BackupEvent, BackupLine, BackupSealed } from './lines.js';
import type { EventRecord } from '../event-store/contract.js';
import type { SealedRecord } from '../sealed-store/contract.js';

const LABEL = 'claviger backup v1';

/** Counts and hashes lines as they are written or read, all but the end. */
export class BackupTally {
  readonly #hash = new Sha256Stream();
  readonly #counts = { events: 0, journalEvents: 0, sealed: 0, files: 0 };

  /** @param text the line without its line end */
  add(line: BackupLine, text: string): void {
    this.#hash.update(`${text}\n`);
    switch (line.kind) {
      case 'event':
        this.#counts.events += 1;
        return;
      case 'journal-event':
        this.#counts.journalEvents += 1;
        return;
      case 'sealed':
        this.#counts.sealed += 1;
        return;
      case 'file':
        this.#counts.files += 1;
        return;
      case 'header':
      case 'bytes':
      case 'end':
        return;
    }
  }

  /** The end of a backup. @param destroyed size of the destruction register */
  end(key: HmacSha256, destroyed: number): BackupEnd {
    const counts = { ...this.#counts, destroyed };
    const sha256 = this.#hash.hex();
    return { kind: 'end', counts, sha256, mac: Buffer.from(macOf(key, counts, sha256)).toString('hex') };
  }

  /** Is this the end of what was read? Says nothing about who wrote it. */
  agrees({ counts, sha256 }: BackupEnd): boolean {
    const { events, journalEvents, sealed, files } = this.#counts;
    const same =
      counts.events === events &&
      counts.journalEvents === journalEvents &&
      counts.sealed === sealed &&
      counts.files === files;
    return same && sha256 === this.#hash.hex();
  }
}

/** Was this end written by who holds the key? */
export function isBackupAuthentic(key: HmacSha256, { counts, sha256, mac }: Omit<BackupEnd, 'kind'>): boolean {
  return constantTimeEqual(macOf(key, counts, sha256), Buffer.from(mac, 'hex'));
}

function macOf(key: HmacSha256, counts: BackupCounts, sha256: string): Uint8Array {
  const { destroyed, events, files, journalEvents, sealed } = counts;
  const said = canonicalJson({ counts: { destroyed, events, files, journalEvents, sealed }, sha256 });
  return key.mac(Buffer.from(`${LABEL}\n${said}`, 'utf8'));
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

export function backupEvent(kind: BackupEvent['kind'], event: EventRecord): BackupEvent {
  const { stream, revision, id, type, schemaVersion, data, metadata, mac } = event;
  return { kind, stream, revision, id, type, schemaVersion, data, metadata, mac: base64(mac) };
}

export function backupSealed({ reference, kind, wrappedKey, blob, about }: SealedRecord): BackupSealed {
  return { kind: 'sealed', reference, sealed: kind, wrappedKey: base64(wrappedKey), blob: base64(blob), about };
}

export function sealedOfBackup({ reference, sealed, wrappedKey, blob, about }: BackupSealed): SealedRecord {
  const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));
  return { reference, kind: sealed, wrappedKey: bytes(wrappedKey), blob: bytes(blob), about };
}
