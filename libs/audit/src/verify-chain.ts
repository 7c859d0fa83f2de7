import { constantTimeEqual, FRAME_HEADER_LENGTH, firstLink, readFrames, type SecretBytes } from '@claviger/crypto';
import {
  asBuffer,
  type ChainPlace,
  checkGroup,
  isFault,
  type JournalKeys,
  journalKeys,
  MAX_GROUP_LENGTH,
  parseGroup,
  parseRetentionMark,
  parseSegmentHeader,
  SEGMENT_HEADER_LENGTH,
  type SegmentHeader,
  type SegmentSource,
} from '@claviger/ports';
import { judgeBroken } from './broken-frame.js';
import { behindHeader, readRange } from './segment-bytes.js';
import type { ChainHead, ChainReport, ChainVerdict, Violation } from './verdict.js';

export interface VerifyChainOptions {
  /** The segments in order (`segmentSources` of `@claviger/ports`). */
  readonly sources: readonly SegmentSource[];
  readonly journalKey: SecretBytes;
  /** Bytes of `retention.mark`, where there is one. */
  readonly retentionMark?: Uint8Array;
  /** What the anchor last recorded of this journal. Without it a cut tail cannot be noticed. */
  readonly anchor?: ChainHead;
}

/**
 * Verifies a whole journal offline and names the first record that was changed, removed or re-chained, or a tail that was cut below
 * the anchor. Total for any bytes; passes on what reading the sources throws.
 *
 * What this cannot see: records that were cut after the anchor's last heartbeat, and what a process that holds the key writes.
 */
export async function verifyChain(options: VerifyChainOptions): Promise<ChainVerdict> {
  const keys = journalKeys(options.journalKey);
  try {
    return await new ChainVerification(options, keys).run();
  } finally {
    keys.wipe();
  }
}

type Step = Violation | undefined;

class ChainVerification {
  #place: ChainPlace = { next: 1, link: firstLink() };
  #first = 1;
  #torn: ChainReport['torn'];
  #anchorSeen = false;
  #journalId: Uint8Array | undefined;

  constructor(
    private readonly options: VerifyChainOptions,
    private readonly keys: JournalKeys,
  ) {}

  async run(): Promise<ChainVerdict> {
    const violation = (await this.#segments()) ?? this.#tail();
    const { sources, anchor } = this.options;
    const report: ChainReport = {
      first: this.#first,
      entries: this.#place.next - this.#first,
      segments: sources.length,
      head: { sequence: this.#place.next - 1, link: hex(this.#place.link) },
      torn: this.#torn,
      anchorChecked: anchor !== undefined && this.#anchorSeen,
    };
    return violation === undefined ? { ok: true, ...report } : { ok: false, ...report, violation };
  }

  async #segments(): Promise<Step> {
    const { sources } = this.options;
    let header: SegmentHeader | undefined;
    for (const [index, source] of sources.entries()) {
      header ??= await this.#header(source);
      const wrong =
        header === undefined
          ? this.#violation(source, 0, 'changed', 'segment header')
          : this.#begin(index, source, header);
      if (wrong !== undefined) return wrong;
      const after = sources[index + 1];
      const next = after && (await this.#header(after));
      if (after !== undefined && next === undefined) {
        // Its header does not verify. The records before it still have to be looked at: they may be the first that are wrong.
        return (await this.#walk(source, undefined, false)) ?? this.#violation(after, 0, 'changed', 'segment header');
      }
      // Where a segment is missing in between, its neighbour's header says nothing about this one's end.
      const adjacent = next?.number === source.number + 1 ? next : undefined;
      const found = await this.#walk(source, adjacent, after === undefined);
      if (found !== undefined) return found;
      header = next;
    }
    return undefined;
  }

  async #header(source: SegmentSource): Promise<SegmentHeader | undefined> {
    const header = parseSegmentHeader(await readRange(source, 0, SEGMENT_HEADER_LENGTH), this.keys);
    const named = header?.number === source.number && header.firstSequence === source.firstSequence;
    return named ? header : undefined;
  }

  /** Does this segment go on where the chain stands? */
  #begin(index: number, source: SegmentSource, header: SegmentHeader): Step {
    this.#journalId ??= header.journalId;
    if (!constantTimeEqual(header.journalId, this.#journalId))
      return this.#violation(source, 0, 'changed', 'segment header');
    if (index === 0) return this.#start(source, header);
    const before = this.options.sources[index - 1];
    if (before !== undefined && source.number !== before.number + 1) {
      return { ...this.#violation(source, 0, 'removed'), segment: before.number + 1 };
    }
    return undefined; // the walk over the segment before has compared sequence and link
  }

  /** A journal starts with record 1, or where retention says that it removed what was before. */
  #start(source: SegmentSource, header: SegmentHeader): Step {
    const { retentionMark, anchor } = this.options;
    const mark = retentionMark && parseRetentionMark(asBuffer(retentionMark), this.keys);
    const isFirst = header.number === 1 && header.firstSequence === 1;
    const marked =
      mark !== undefined && constantTimeEqual(mark.journalId, header.journalId) && mark.segment >= header.number;
    if (!isFirst && !marked) {
      const sequence = mark === undefined ? 1 : mark.firstSequence;
      return { sequence, part: 'entry', segment: mark?.segment ?? 1, offset: 0, reason: 'removed' };
    }
    this.#place = { next: header.firstSequence, link: header.previousLink };
    this.#first = header.firstSequence;
    if (anchor?.sequence === header.firstSequence - 1)
      return this.#anchored(source, 0, anchor.sequence, header.previousLink);
    return undefined;
  }

  /** Follows the records of one segment to the end that the next header names, or to the end of the journal. */
  async #walk(source: SegmentSource, next: SegmentHeader | undefined, last: boolean): Promise<Step> {
    const goal = next === undefined ? Number.POSITIVE_INFINITY : next.firstSequence;
    if (this.#place.next < goal) {
      for await (const frame of readFrames(behindHeader(source), MAX_GROUP_LENGTH)) {
        const offset = SEGMENT_HEADER_LENGTH + frame.offset;
        if (frame.kind !== 'ok') {
          const found = await this.#ended(source, frame.kind, offset, next, last);
          if (found !== undefined) return found;
          break;
        }
        const payload = asBuffer(frame.payload);
        const checked = checkGroup(payload, this.#place, this.keys);
        const start = offset + FRAME_HEADER_LENGTH;
        if (isFault(checked)) return { ...checked, segment: source.number, offset: start + checked.offset };
        const differs = this.#compareAnchor(source, payload, start, checked);
        if (differs !== undefined) return differs;
        this.#place = checked;
        if (checked.next >= goal) break; // what lies beyond is void
      }
    }
    if (next === undefined) return undefined;
    // The next header, made with the key, names the record it goes on from.
    const same = this.#place.next === goal && constantTimeEqual(this.#place.link, next.previousLink);
    return same ? undefined : this.#violation(source, 0, 'changed');
  }

  async #ended(
    source: SegmentSource,
    kind: string,
    offset: number,
    next: SegmentHeader | undefined,
    last: boolean,
  ): Promise<Step> {
    if (kind === 'end') {
      // A compressed segment ends early where a block does not open.
      if (next !== undefined) return this.#violation(source, offset, source.compressed ? 'changed' : 'removed');
      return undefined;
    }
    const judged = await judgeBroken(source, offset, this.#place, this.keys, last && kind !== 'corrupt');
    if (judged !== 'torn')
      return { ...judged, segment: source.number, offset: offset + FRAME_HEADER_LENGTH + judged.offset };
    this.#torn = { segment: source.number, offset };
    return undefined;
  }

  #compareAnchor(source: SegmentSource, payload: Buffer, start: number, after: ChainPlace): Step {
    const { anchor } = this.options;
    if (anchor === undefined || anchor.sequence < this.#place.next || anchor.sequence >= after.next) return undefined;
    const record = parseGroup(payload)?.entryRecords[anchor.sequence - this.#place.next];
    return record && this.#anchored(source, start + record.offset, anchor.sequence, record.link);
  }

  #anchored(source: SegmentSource, offset: number, sequence: number, link: Uint8Array): Step {
    this.#anchorSeen = true;
    if (hex(link) === this.options.anchor?.link) return undefined;
    return { sequence, part: 'entry', segment: source.number, offset, reason: 'differs-from-anchor' };
  }

  /** Does the journal reach what the anchor names? */
  #tail(): Step {
    const { anchor, sources } = this.options;
    if (anchor === undefined || anchor.sequence < this.#place.next) return undefined;
    const segment = sources.at(-1)?.number ?? 0;
    return { sequence: this.#place.next, part: 'entry', segment, offset: this.#torn?.offset ?? 0, reason: 'tail-cut' };
  }

  #violation(
    source: SegmentSource,
    offset: number,
    reason: Violation['reason'],
    part: Violation['part'] = 'entry',
  ): Violation {
    return { sequence: this.#place.next, part, segment: source.number, offset, reason };
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
