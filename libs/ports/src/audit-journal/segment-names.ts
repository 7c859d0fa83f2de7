/** `00000012-0000000000345678.segment`: number and first sequence, so that opening a journal reads no old segment. `.zst`: compressed. */
export interface SegmentName {
  readonly number: number;
  readonly firstSequence: number;
  readonly compressed: boolean;
}

const PATTERN = /^(\d{8})-(\d{16})\.segment(\.zst)?$/;

export function segmentFileName(name: SegmentName): string {
  const number = String(name.number).padStart(8, '0');
  const first = String(name.firstSequence).padStart(16, '0');
  return `${number}-${first}.segment${name.compressed ? '.zst' : ''}`;
}

/** Total: undefined for files that are no segments. */
export function parseSegmentFileName(file: string): SegmentName | undefined {
  const match = PATTERN.exec(file);
  if (match === null) return undefined;
  return { number: Number(match[1]), firstSequence: Number(match[2]), compressed: match[3] !== undefined };
}
