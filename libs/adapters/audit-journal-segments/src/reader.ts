import { LINK_LENGTH, firstLink } from '@claviger/crypto';
import {
  type DetailKeys,
  type DurableFiles,
  isMissing,
  JournalDamaged,
  parseGroup,
  readGroup,
  type RecordedEntry,
  SEGMENT_HEADER_LENGTH,
  segmentFileName,
  type WrittenGroup,
} from '@claviger/ports';
import { type Catalogue, isActive } from './catalogue.js';
import { BlockCache, compressedSource, type GroupSource, rawSource, type StoredGroup } from './group-source.js';
import type { ActiveSegment, ClosedSegment } from './segment.js';
import { SegmentIndex } from './segment-index.js';

type AnySegment = ClosedSegment | ActiveSegment;

/** Where a reader that asks for the next page goes on. */
interface Cursor {
  readonly segment: number;
  readonly offset: number;
}

const MAX_CURSORS = 16;
const MAX_INDEXES = 4;

/** Reads pages of durable entries. */
export class SegmentReader {
  readonly #cursors = new Map<number, Cursor>();
  /** Indexes of closed segments that were read without one. */
  readonly #indexes = new Map<number, SegmentIndex>();
  readonly #blocks = new BlockCache();

  constructor(
    private readonly files: DurableFiles,
    private readonly folder: string,
    private readonly catalogue: Catalogue,
    private readonly journalId: Uint8Array,
    private readonly detailKeys: DetailKeys | undefined,
  ) {}

  /** @param head last durable sequence */
  async read(after: number, maxCount: number, head: number): Promise<readonly RecordedEntry[]> {
    const entries: RecordedEntry[] = [];
    let last = after;
    while (last < head && entries.length < maxCount) {
      const before = last;
      await this.#from(last, async (group, segment) => {
        const parsed = parseGroup(group.payload);
        const read = parsed && (await readGroup(parsed, last, this.journalId, this.#findKey));
        if (read === undefined) throw new JournalDamaged('a group does not open', segment, group.offset);
        for (const entry of read) {
          if (entries.length >= maxCount || entry.sequence > head) break;
          entries.push(entry);
          last = entry.sequence;
        }
        this.#remember(last, { segment, offset: last === group.lastSequence ? group.next : group.offset });
        return last < head && entries.length < maxCount;
      });
      if (last === before) break; // nothing left: the rest was removed meanwhile
    }
    return entries;
  }

  /** Whole groups behind `after`, up to the durable `head`. */
  async groups(
    after: number,
    { maxCount, maxBytes, head }: { readonly maxCount: number; readonly maxBytes: number; readonly head: number },
  ): Promise<readonly WrittenGroup[]> {
    const groups: WrittenGroup[] = [];
    let bytes = 0;
    let last = after;
    let full = false;
    while (last < head && !full) {
      const before = last;
      await this.#from(last, async (group, segment) => {
        const { payload, firstSequence, lastSequence } = group;
        bytes += payload.length;
        full = lastSequence > head || groups.length >= maxCount || (groups.length > 0 && bytes > maxBytes);
        if (full) return false;
        groups.push({ payload: Buffer.from(payload), firstSequence, lastSequence });
        last = lastSequence;
        this.#remember(last, { segment, offset: group.next });
        return last < head;
      });
      if (last === before) break; // nothing left: the rest was removed meanwhile
    }
    return groups;
  }

  /** Link of a durable entry; undefined where there is none any more. */
  async link(sequence: number): Promise<Uint8Array | undefined> {
    if (sequence === 0) return firstLink();
    let found: Uint8Array | undefined;
    await this.#from(sequence - 1, async (group) => {
      const parsed = parseGroup(group.payload);
      const record = parsed?.entryRecords[sequence - group.firstSequence];
      if (record?.sequence === sequence) found = Uint8Array.from(record.link.subarray(0, LINK_LENGTH));
      return false;
    });
    return found;
  }

  /** The header of a segment. */
  header(segment: AnySegment): Promise<Buffer> {
    return this.#use(segment, (source) => source.header());
  }

  readonly #findKey = (record: { account: string; month: string; generation: number }) =>
    this.detailKeys?.forReading(record.account, record.month, record.generation) ?? Promise.resolve(undefined);

  /** Hands over the groups of one segment that reach beyond `after`, until `each` says false or they end. */
  async #from(after: number, each: (group: StoredGroup, segment: number) => Promise<boolean>): Promise<void> {
    // A segment can be compressed or removed while it is read: then look again where it is now.
    for (let attempt = 0; ; attempt++) {
      const segment = this.catalogue.find(after + 1);
      if (segment === undefined) return;
      try {
        await this.#use(segment, (source) => this.#walk(segment, source, after, each));
        return;
      } catch (error) {
        if (attempt > 2 || !isMissing(error)) throw error;
      }
    }
  }

  async #walk(
    segment: AnySegment,
    source: GroupSource,
    after: number,
    each: (group: StoredGroup, segment: number) => Promise<boolean>,
  ): Promise<void> {
    const last = isActive(segment) ? Number.POSITIVE_INFINITY : segment.lastSequence;
    if (last < segment.firstSequence) return;
    const cursor = this.#cursors.get(after);
    const start = cursor?.segment === segment.number ? cursor.offset : await this.#locate(segment, source, after + 1);
    for await (const group of source.groups(start)) {
      if (group.firstSequence > last) return; // void: see the header of the next segment
      if (group.lastSequence <= after) continue;
      if (!(await each(group, segment.number)) || group.lastSequence >= last) return;
    }
  }

  async #locate(segment: AnySegment, source: GroupSource, sequence: number): Promise<number> {
    if (!isActive(segment) && segment.compressed) return source.locate(sequence);
    const index = segment.index ?? this.#indexes.get(segment.number) ?? (await this.#makeIndex(segment, source));
    return index.before(sequence) ?? SEGMENT_HEADER_LENGTH;
  }

  async #makeIndex(segment: AnySegment, source: GroupSource): Promise<SegmentIndex> {
    const index = new SegmentIndex();
    const last = isActive(segment) ? Number.POSITIVE_INFINITY : segment.lastSequence;
    for await (const group of source.groups(SEGMENT_HEADER_LENGTH)) {
      if (group.firstSequence > last) break;
      index.add(group.firstSequence, group.offset);
      if (group.lastSequence >= last) break;
    }
    this.#indexes.set(segment.number, index);
    const [oldest] = this.#indexes.keys();
    if (this.#indexes.size > MAX_INDEXES && oldest !== undefined) this.#indexes.delete(oldest);
    return index;
  }

  async #use<T>(segment: AnySegment, run: (source: GroupSource) => Promise<T>): Promise<T> {
    // The active segment is opened anew as well: its own file may be closed while this reads.
    const compressed = !isActive(segment) && segment.compressed;
    const { number, firstSequence } = segment;
    const file = await this.files.open(
      `${this.folder}/${segmentFileName({ number, firstSequence, compressed })}`,
      'read',
    );
    try {
      const end = isActive(segment) ? segment.offset : await file.size();
      return await run(compressed ? compressedSource(file, number, this.#blocks) : rawSource(file, number, end));
    } finally {
      await file.close();
    }
  }

  #remember(sequence: number, cursor: Cursor): void {
    this.#cursors.delete(sequence);
    this.#cursors.set(sequence, cursor);
    const [oldest] = this.#cursors.keys();
    if (this.#cursors.size > MAX_CURSORS && oldest !== undefined) this.#cursors.delete(oldest);
  }
}
