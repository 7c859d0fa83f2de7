import type { DurableFile, SegmentName } from '@claviger/ports';
import type { SegmentIndex } from './segment-index.js';

/** A segment that is written no more. */
export interface ClosedSegment extends SegmentName {
  /** Last sequence in it; `firstSequence - 1` when it holds none. */
  readonly lastSequence: number;
  /** Offsets of its groups, where this process has seen them. */
  readonly index?: SegmentIndex;
}

/** The segment that is written now. */
export interface ActiveSegment {
  readonly number: number;
  readonly firstSequence: number;
  readonly file: DurableFile;
  /** Bytes that are filled with zeros and may be written. */
  readonly capacity: number;
  readonly index: SegmentIndex;
  /** End of the durable groups. */
  offset: number;
}
