import { constantTimeEqual, eventMac, firstLink, type HmacSha256, type SecretBytes } from '@claviger/crypto';
import { isNodeStream } from '@claviger/domain';
import {
  backupContent,
  type BackupEvent,
  type ChainPlace,
  checkGroup,
  eventBody,
  isFault,
  type JournalKeys,
  journalKeys,
  type SealedRecord,
  segmentSources,
} from '@claviger/ports';
import { type OfflineSeal, openJournalKey, openSystemKey } from './offline-keys.js';
import { describeViolation } from './verdict.js';
import { verifyChain } from './verify-chain.js';

/** The journal as far as a first look has found it. */
export interface JournalOfBackup {
  /** Files, in their order. */
  readonly names: readonly string[];
  readonly journalKey: string | undefined;
  readonly retentionMark: Uint8Array | undefined;
  /** The key of journals that are streams. */
  readonly streamKey: SealedRecord | undefined;
}

export interface JournalCheck extends JournalOfBackup {
  readonly open: () => AsyncIterable<Uint8Array>;
  readonly inflate: (stored: Uint8Array, rawLength: number) => Uint8Array | undefined;
  readonly seal: OfflineSeal;
}

/** Each event under its MAC, chained to the one before in its stream. @returns the first that does not verify; null when all do */
export async function backupEventsVerdict(bytes: AsyncIterable<Uint8Array>, key: HmacSha256): Promise<string | null> {
  const last = new Map<string, { readonly revision: number; readonly mac: Uint8Array }>();
  for await (const line of backupContent(bytes)) {
    if (line.kind !== 'event') continue;
    const { stream, revision } = line;
    const single = isNodeStream(stream);
    const before = single ? undefined : last.get(stream);
    const mac = Buffer.from(line.mac, 'base64');
    const expected = eventMac(key, {
      stream,
      revision: BigInt(revision),
      previousMac: before?.mac ?? new Uint8Array(0),
      body: eventBody({ ...line, mac }),
    });
    const inPlace = single || revision === (before?.revision ?? -1) + 1;
    if (!inPlace || !constantTimeEqual(expected, mac)) return `event ${revision} of stream ${stream}`;
    if (!single) last.set(stream, { revision, mac });
  }
  return null;
}

/** @returns what is wrong; null when nothing is @throws CannotVerify when its key does not open */
export async function backupJournalVerdict(check: JournalCheck): Promise<string | null> {
  return (await segmentsVerdict(check)) ?? (await streamsVerdict(check));
}

async function segmentsVerdict(check: JournalCheck): Promise<string | null> {
  const { names, open, inflate, seal, journalKey: wrapped, retentionMark } = check;
  const sources = segmentSources(names, (name) => fileOf(open(), name), inflate);
  if (sources.length === 0) return null;
  if (wrapped === undefined) return "the journal's key is not in it";
  using journalKey = await openJournalKey(seal, wrapped);
  const verdict = await verifyChain({ sources, journalKey, ...(retentionMark && { retentionMark }) });
  return verdict.ok ? null : describeViolation(verdict.violation);
}

/** Read from the start for each of them: journals stand first, and few have many segments. */
async function* fileOf(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array, void, undefined> {
  let inside = false;
  for await (const line of backupContent(bytes)) {
    if (inside && line.kind !== 'bytes') return;
    if (inside && line.kind === 'bytes') yield Buffer.from(line.bytes, 'base64');
    inside ||= line.kind === 'file' && line.folder === 'journal' && line.name === name;
  }
}

async function streamsVerdict({ open, seal, streamKey }: JournalCheck): Promise<string | null> {
  const places = new Map<string, ChainPlace>();
  let keys: JournalKeys | undefined;
  try {
    for await (const line of backupContent(open())) {
      if (line.kind !== 'journal-event') continue;
      if (streamKey === undefined) return 'the key of the journals is not in it';
      keys ??= await keysOf(seal, streamKey);
      const place = places.get(line.stream) ?? { next: 1, link: firstLink() };
      const payload = groupOf(line);
      const checked = payload && checkGroup(payload, place, keys);
      if (checked === undefined) return `event ${line.revision} of ${line.stream} is no group of a journal`;
      if (isFault(checked)) return `entry ${checked.sequence} of ${line.stream} was ${checked.reason}`;
      places.set(line.stream, checked);
    }
    return null;
  } finally {
    keys?.wipe();
  }
}

async function keysOf(seal: OfflineSeal, record: SealedRecord): Promise<JournalKeys> {
  using secret: SecretBytes = await openSystemKey(seal, record, 'journal');
  return journalKeys(secret);
}

function groupOf({ data }: BackupEvent): Buffer | undefined {
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value !== 'object' || value === null || !('group' in value)) return undefined;
    return typeof value.group === 'string' ? Buffer.from(value.group, 'base64') : undefined;
  } catch {
    return undefined;
  }
}
