import type { RandomSource, SecretBytes } from '@claviger/crypto';
import type { Clock } from '@claviger/platform';
import { type DetailKeys, type DurableFiles, MAX_GROUP_LENGTH } from '@claviger/ports';
import { nodeFiles } from './node-files.js';

/** What happens beside the calls, for log, metrics and readiness. Nothing in it is secret. */
export type JournalNotice =
  | {
      readonly kind: 'segment-opened';
      readonly segment: number;
      readonly firstSequence: number;
      readonly reason: string;
    }
  /** A flush failed; its calls have failed too. */
  | { readonly kind: 'segment-failed'; readonly segment: number; readonly calls: number; readonly error: Error }
  /** No segment to write to: nothing can be recorded until a later attempt succeeds. */
  | { readonly kind: 'unwritable'; readonly error: Error; readonly nextAttemptMs: number }
  /** The rest of an interrupted flush was found at the end and is void. */
  | { readonly kind: 'tail-voided'; readonly segment: number; readonly offset: number; readonly afterSequence: number }
  | { readonly kind: 'space'; readonly level: SpaceLevel; readonly freeBytes: number }
  | { readonly kind: 'preparation-failed'; readonly error: Error }
  | { readonly kind: 'compressed' | 'removed' | 'archived'; readonly segment: number }
  | { readonly kind: 'upkeep-failed'; readonly segment: number; readonly error: Error }
  | { readonly kind: 'listener-failed'; readonly error: unknown };

/** `low`: below the threshold, readiness should warn. `full`: the next segment would not fit. */
export type SpaceLevel = 'ok' | 'low' | 'full';

export interface RetentionSettings {
  /** Compress closed segments. Default true. */
  readonly compress?: boolean;
  /** Closed segments whose last entry is older are removed. Default: everything is kept. */
  readonly keepDays?: number;
  /** Move instead of remove, to a folder on the same file system. */
  readonly archiveFolder?: string;
  /** Nothing is removed or moved while this says true: the clock is not to be trusted, or a legal hold stands. */
  readonly hold?: () => boolean;
}

export interface SegmentsJournalOptions {
  readonly folder: string;
  /** 32 bytes that serve nothing else; copied. */
  readonly journalKey: SecretBytes;
  readonly detailKeys: DetailKeys;
  readonly random: RandomSource;
  readonly clock: Clock;
  readonly notice?: (notice: JournalNotice) => void;
  readonly files?: DurableFiles;
  /** Size of a segment in bytes; default 64 MiB, at least 4 KiB. */
  readonly segmentBytes?: number;
  /** Longest group in bytes, frame included, where another place that takes the groups has a limit; default 16 MiB. */
  readonly groupBytes?: number;
  /** Waiting calls: beyond either bound, or after that time, {@link JournalOverloaded}. */
  readonly limits?: { readonly calls?: number; readonly bytes?: number; readonly milliseconds?: number };
  /** Free space below which readiness warns (default: 16 segments), looked at every `everyMs` (default 10 s). */
  readonly space?: { readonly lowBytes?: number; readonly everyMs?: number };
  readonly retention?: RetentionSettings;
}

export interface Settings {
  readonly folder: string;
  readonly files: DurableFiles;
  readonly clock: Clock;
  readonly notice: (notice: JournalNotice) => void;
  readonly segmentBytes: number;
  readonly groupBytes: number;
  readonly limits: { readonly calls: number; readonly bytes: number; readonly milliseconds: number };
  readonly space: { readonly lowBytes: number; readonly everyMs: number };
  readonly retention: RetentionSettings;
}

const MIN_SEGMENT_BYTES = 4096;
const DEFAULT_SEGMENT_BYTES = 64 << 20;

/** @throws RangeError that names the setting */
export function settingsOf(options: SegmentsJournalOptions): Settings {
  const segmentBytes = options.segmentBytes ?? DEFAULT_SEGMENT_BYTES;
  if (!Number.isInteger(segmentBytes) || segmentBytes < MIN_SEGMENT_BYTES || segmentBytes > 2 ** 31) {
    throw new RangeError(
      `segmentBytes must be a whole number from ${MIN_SEGMENT_BYTES} to 2^31, found ${segmentBytes}`,
    );
  }
  const keepDays = options.retention?.keepDays;
  if (keepDays !== undefined && !(keepDays >= 1)) {
    throw new RangeError(`retention.keepDays must be at least 1, found ${keepDays}`);
  }
  return {
    folder: options.folder,
    files: options.files ?? nodeFiles,
    clock: options.clock,
    notice: options.notice ?? (() => undefined),
    segmentBytes,
    groupBytes: Math.min(options.groupBytes ?? MAX_GROUP_LENGTH, MAX_GROUP_LENGTH),
    limits: {
      calls: options.limits?.calls ?? 8192,
      bytes: options.limits?.bytes ?? 16 << 20,
      milliseconds: options.limits?.milliseconds ?? 2000,
    },
    space: { lowBytes: options.space?.lowBytes ?? 16 * segmentBytes, everyMs: options.space?.everyMs ?? 10_000 },
    retention: options.retention ?? {},
  };
}
