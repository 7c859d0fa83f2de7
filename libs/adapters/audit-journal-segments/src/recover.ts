import { firstLink } from '@claviger/crypto';
import {
  type ChainPlace,
  checkGroup,
  type DurableFile,
  type DurableFiles,
  hasLaterGroup,
  isAllZero,
  isFault,
  JournalDamaged,
  type JournalKeys,
  MAX_GROUP_LENGTH,
  parseSegmentFileName,
  parseSegmentHeader,
  RETENTION_MARK_FILE,
  SEGMENT_HEADER_LENGTH,
  type SegmentHeader,
  segmentFileName,
  type SegmentName,
  type SegmentReason,
  synced,
} from '@claviger/ports';
import { compressedSource, rawSource, type StoredGroup } from './group-source.js';
import type { ActiveSegment, ClosedSegment } from './segment.js';
import { SegmentIndex } from './segment-index.js';

export interface Recovered {
  /** Undefined for a new journal. */
  readonly journalId: Uint8Array | undefined;
  readonly closed: readonly ClosedSegment[];
  /** The last segment, when it can be written on. */
  readonly active: ActiveSegment | undefined;
  /** Why a new segment is needed, where none is active. */
  readonly reason: SegmentReason;
  readonly place: ChainPlace;
  /** Where void bytes were found. */
  readonly voided: { readonly segment: number; readonly offset: number } | undefined;
}

/** The segments of a folder, by number; refuses one with a gap. A raw and a compressed form of the same one: the raw one counts. */
export function segmentsOf(names: readonly string[]): readonly SegmentName[] {
  const found = new Map<number, SegmentName>();
  for (const name of names.map(parseSegmentFileName)) {
    if (name !== undefined && (found.get(name.number)?.compressed ?? true)) found.set(name.number, name);
  }
  const segments = [...found.values()].sort((a, b) => a.number - b.number);
  for (let i = 1; i < segments.length; i++) {
    const [before, after] = [segments[i - 1], segments[i]];
    if (before === undefined || after === undefined) continue;
    if (after.number !== before.number + 1) throw new JournalDamaged('a segment is missing', before.number + 1, 0);
    if (after.firstSequence < before.firstSequence) throw new JournalDamaged('segments out of order', after.number, 0);
  }
  return segments;
}

/**
 * Opens a folder of segments: removes what was never finished, finds the end in the last segment, verifies that segment's chain and
 * makes its last group durable. Older segments are not read.
 *
 * @throws JournalDamaged when the last segment was changed: the rest of an interrupted flush is no damage
 */
export async function recover(files: DurableFiles, folder: string, keys: JournalKeys): Promise<Recovered> {
  // 1. What is there; leftovers of unfinished work go.
  const names = await files.list(folder);
  const segments = segmentsOf(names);
  const wanted = new Set([RETENTION_MARK_FILE, ...segments.map(segmentFileName)]);
  for (const name of names) if (!wanted.has(name) && isOurs(name)) await files.remove(`${folder}/${name}`);
  const tail = segments.at(-1);
  const closed: ClosedSegment[] = [];
  for (let i = 0; i + 1 < segments.length; i++) {
    const [one, after] = [segments[i], segments[i + 1]];
    if (one !== undefined && after !== undefined) closed.push({ ...one, lastSequence: after.firstSequence - 1 });
  }
  if (tail === undefined) {
    const place = { next: 1, link: firstLink() };
    return { journalId: undefined, closed, active: undefined, reason: 'first', place, voided: undefined };
  }

  // 2. The tail: follow the chain to its end.
  const file = await files.open(`${folder}/${segmentFileName(tail)}`, tail.compressed ? 'read' : 'write');
  try {
    const walked = await walk(file, tail, keys);
    const { header, place, end, last, index } = walked;
    const done = { journalId: header.journalId, place };
    const lastSequence = place.next - 1;
    if (tail.compressed) {
      await file.close();
      const whole = [...closed, { ...tail, lastSequence }];
      return { ...done, closed: whole, active: undefined, reason: 'torn', voided: undefined };
    }
    // 3. A flush that failed may have left pages that are in the cache, marked clean, and not on the disk: a sync alone would
    //    report success. Writing them again makes it say the truth.
    if (last !== undefined) {
      const bytes = Buffer.alloc(last.next - last.offset);
      await file.read(bytes, last.offset);
      await file.write(bytes, last.offset);
    }
    await synced(file);
    // 4. Nothing is ever written over void bytes: a new segment says where they begin.
    if (await isClean(file, tail.number, end, lastSequence)) {
      const { number, firstSequence } = tail;
      const active = { number, firstSequence, file, capacity: await file.size(), index, offset: end };
      return { ...done, closed, active, reason: 'full', voided: undefined };
    }
    await file.close();
    const voided = { segment: tail.number, offset: end };
    return {
      ...done,
      closed: [...closed, { ...tail, lastSequence, index }],
      active: undefined,
      reason: 'torn',
      voided,
    };
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

export interface Walked {
  readonly header: SegmentHeader;
  readonly place: ChainPlace;
  readonly end: number;
  readonly last: StoredGroup | undefined;
  readonly index: SegmentIndex;
}

export async function walk(file: DurableFile, tail: SegmentName, keys: JournalKeys): Promise<Walked> {
  const { number } = tail;
  const source = tail.compressed ? compressedSource(file, number) : rawSource(file, number, await file.size());
  const header = parseSegmentHeader(await source.header(), keys);
  if (header === undefined) throw new JournalDamaged('the header does not verify under the journal key', number, 0);
  if (header.number !== number || header.firstSequence !== tail.firstSequence) {
    throw new JournalDamaged('the header belongs to another segment', number, 0);
  }
  const index = new SegmentIndex();
  let place: ChainPlace = { next: header.firstSequence, link: header.previousLink };
  let end = SEGMENT_HEADER_LENGTH;
  let last: StoredGroup | undefined;
  try {
    for await (const group of source.groups(end)) {
      const checked = checkGroup(group.payload, place, keys);
      if (isFault(checked))
        throw new ChainBroken(`record ${checked.sequence} was ${checked.reason}`, number, group.offset);
      index.add(group.firstSequence, group.offset);
      [place, end, last] = [checked, group.next, group];
    }
  } catch (error) {
    // A broken frame is judged by what lies behind it; a whole one that breaks the chain is no accident.
    if (!(error instanceof JournalDamaged) || error instanceof ChainBroken || tail.compressed) throw error;
  }
  return { header, place, end, last, index };
}

class ChainBroken extends JournalDamaged {}

/** Only zeros from `end` on? @throws JournalDamaged when what lies there cannot come from one interrupted flush */
async function isClean(file: DurableFile, segment: number, end: number, lastSequence: number): Promise<boolean> {
  const size = await file.size();
  const reach = Buffer.alloc(Math.max(0, Math.min(2 * MAX_GROUP_LENGTH, size - end)));
  await file.read(reach, end);
  if (hasLaterGroup(reach, lastSequence))
    throw new JournalDamaged(`record ${lastSequence + 1} was changed`, segment, end);
  const chunk = Buffer.alloc(Math.min(1 << 20, Math.max(0, size - end - reach.length)));
  const zeros = Buffer.alloc(chunk.length);
  for (let at = end + reach.length; at < size; at += chunk.length) {
    const length = await file.read(chunk, at);
    if (!chunk.subarray(0, length).equals(zeros.subarray(0, length))) {
      throw new JournalDamaged(`data beyond the reach of one flush after record ${lastSequence}`, segment, at);
    }
  }
  return isAllZero(reach, 0, reach.length);
}

const isOurs = (name: string): boolean => /\.(segment|segment\.zst|tmp|zero)$/.test(name);
