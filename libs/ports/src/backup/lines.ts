import type { AnchorState } from '../anchor/contract.js';
import type { SealedKind } from '../sealed-store/contract.js';

/**
 * A backup is a sequence of lines, each a JSON object with a `kind`, UTF-8, usually under gzip. It says nothing of how a profile stores
 * things, so that one profile can be restored from the backup of another. In this order:
 *
 *     header · files and events of the audit journal · events · sealed records · the anchor's file · end
 *
 * The journal stands first and the sealed records last, so that every key that an entry or event refers to is in it, or was destroyed
 * meanwhile; then it is in the register, which stands behind them. A file is one `file` line followed by its `bytes`.
 *
 * The root key is never in it: sealed records are ciphertext, their keys wrapped.
 */
export const BACKUP_FORMAT = 'claviger backup';
export const BACKUP_VERSION = 1;

export interface BackupHeader {
  readonly kind: 'header';
  readonly format: typeof BACKUP_FORMAT;
  readonly version: typeof BACKUP_VERSION;
  readonly account: string;
  readonly regions: readonly string[];
  readonly profile: string;
  readonly node: string;
  /** ISO 8601. */
  readonly madeAt: string;
  /** Position of the last event that is in it; 0 for none. */
  readonly position: string;
  /** An entry of the node's audit journal that is in it, and its link: all before are in it too. */
  readonly journal: { readonly sequence: number; readonly link: string };
  /** What the anchor said last; null where it said nothing yet. */
  readonly anchor: AnchorState | null;
}

/** An event exactly as stored. `journal-event`: of a node's journal where journals are streams. */
export interface BackupEvent {
  readonly kind: 'event' | 'journal-event';
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: string;
  readonly metadata: string;
  /** Base64. */
  readonly mac: string;
}

/** A sealed record exactly as stored; bytes in base64. */
export interface BackupSealed {
  readonly kind: 'sealed';
  readonly reference: string;
  readonly sealed: SealedKind;
  readonly wrappedKey: string;
  readonly blob: string;
  readonly about: string;
}

export interface BackupFile {
  readonly kind: 'file';
  readonly folder: 'journal' | 'anchor';
  readonly name: string;
}

/** More of the file that was named last; base64. */
export interface BackupBytes {
  readonly kind: 'bytes';
  readonly bytes: string;
}

export interface BackupCounts {
  readonly events: number;
  readonly journalEvents: number;
  readonly sealed: number;
  readonly files: number;
  /** In the destruction register. */
  readonly destroyed: number;
}

export interface BackupEnd {
  readonly kind: 'end';
  readonly counts: BackupCounts;
  /** SHA-256 over all lines before, their line ends included; hex. */
  readonly sha256: string;
  /** Under the backup key of the service, over digest and counts; hex. */
  readonly mac: string;
}

export type BackupLine = BackupHeader | BackupEvent | BackupSealed | BackupFile | BackupBytes | BackupEnd;

/** Most characters of a line: larger than any event that a store takes, and a bound for who reads one. */
export const LONGEST_BACKUP_LINE = 8 << 20;

/** Raw bytes of a `bytes` line. */
export const BACKUP_CHUNK = 256 << 10;
