import { HmacSha256 } from '@claviger/crypto';
import {
  BackupDamaged,
  type BackupEnd,
  type BackupHeader,
  isBackupAuthentic,
  JOURNAL_KEY_FILE,
  readBackup,
  RETENTION_MARK_FILE,
  type SealedRecord,
  sealedOfBackup,
  SYSTEM_KEY_REFERENCES,
  type SystemKeyName,
} from '@claviger/ports';
import { backupEventsVerdict, backupJournalVerdict, type JournalOfBackup } from './backup-chains.js';
import { OfflineSeal, openSystemKey } from './offline-keys.js';

/** A backup, and what opens it. Nothing here reads a file by itself. */
export interface BackupAtHand {
  /** Its bytes from the start, uncompressed; called more than once. */
  readonly open: () => AsyncIterable<Uint8Array>;
  /** Bytes of the key file of its time, lent; without it only digest and counts are compared. */
  readonly keyFile?: Uint8Array;
  /** zstd decompression with an output bound; undefined for damaged data. */
  readonly inflate: (stored: Uint8Array, rawLength: number) => Uint8Array | undefined;
}

export interface BackupVerdict {
  readonly ok: boolean;
  readonly header: BackupHeader;
  readonly end: BackupEnd;
  /** What was found with the key file; absent without it. */
  readonly keyed?: {
    /** Written by who holds the root key, and not edited since. */
    readonly authentic: boolean;
    /** The first event that does not verify; null when all do. */
    readonly wrongEvent: string | null;
    /** What is wrong with the audit journal; null when nothing is. */
    readonly wrongJournal: string | null;
  };
}

/** @throws BackupDamaged when it is no whole backup; CannotVerify when its keys do not open with the key file */
export async function verifyBackup({ open, keyFile, inflate }: BackupAtHand): Promise<BackupVerdict> {
  const found = await lookThrough(open());
  const { header, end } = found;
  if (keyFile === undefined) return { ok: true, header, end };
  using seal = OfflineSeal.of(keyFile);
  const keyOf = async (name: SystemKeyName): Promise<HmacSha256> => {
    const record = found.systemKeys.get(SYSTEM_KEY_REFERENCES[name]);
    if (record === undefined) throw new BackupDamaged(`the key of the ${name} is not in it`);
    using secret = await openSystemKey(seal, record, name);
    return new HmacSha256(secret);
  };
  const authentic = isBackupAuthentic(await keyOf('backup'), end);
  const wrongEvent = await backupEventsVerdict(open(), await keyOf('events'));
  const wrongJournal = await backupJournalVerdict({ open, inflate, seal, ...found.journal });
  const ok = authentic && wrongEvent === null && wrongJournal === null;
  return { ok, header, end, keyed: { authentic, wrongEvent, wrongJournal } };
}

interface Found {
  readonly header: BackupHeader;
  readonly end: BackupEnd;
  readonly systemKeys: ReadonlyMap<string, SealedRecord>;
  readonly journal: JournalOfBackup;
}

const SMALL_FILES: readonly string[] = [JOURNAL_KEY_FILE, RETENTION_MARK_FILE];
const MOST_OF_A_SMALL_FILE = 64 << 10;

async function lookThrough(bytes: AsyncIterable<Uint8Array>): Promise<Found> {
  const systemKeys = new Map<string, SealedRecord>();
  const names: string[] = [];
  const small = new Map<string, Buffer>();
  let file = '';
  const read = await readBackup(bytes, {
    content: (line) => {
      switch (line.kind) {
        case 'sealed':
          if (line.sealed === 'system-key') systemKeys.set(line.reference, sealedOfBackup(line));
          return;
        case 'file':
          file = line.folder === 'journal' ? line.name : '';
          if (line.folder === 'journal') names.push(line.name);
          return;
        case 'bytes': {
          if (!SMALL_FILES.includes(file)) return;
          const whole = Buffer.concat([small.get(file) ?? Buffer.alloc(0), Buffer.from(line.bytes, 'base64')]);
          if (whole.length <= MOST_OF_A_SMALL_FILE) small.set(file, whole);
          return;
        }
        case 'event':
        case 'journal-event':
          return;
      }
    },
  });
  const journal = {
    names,
    journalKey: small.get(JOURNAL_KEY_FILE)?.toString('utf8'),
    retentionMark: small.get(RETENTION_MARK_FILE),
    streamKey: systemKeys.get(SYSTEM_KEY_REFERENCES.journal),
  };
  return { ...read, systemKeys, journal };
}
