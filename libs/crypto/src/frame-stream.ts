import { classify, inspectFrame, isZero, type Frame } from './record-frame.js';

/** A frame with its place in the segment; anything but `ok` is the last thing a segment yields. */
export type StreamedFrame = Frame & { readonly offset: number };

/**
 * Reads the frames of one segment from chunks of any size (a decompressed archive, a file read in blocks), with the meaning that
 * `parseFrame` gives them over the whole segment. Ends after one value that is not `ok`. A payload stays valid until the next one is
 * asked for.
 *
 * @param flushReach as for `parseFrame`
 */
export async function* readFrames(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  flushReach = 0,
): AsyncGenerator<StreamedFrame, void, undefined> {
  let pending: Uint8Array = new Uint8Array(0);
  let base = 0; // offset of pending[0] in the segment
  let broken: { readonly offset: number; readonly beyond: number } | undefined;
  let sawData = false; // a non-zero byte at or after the broken frame
  let sawBeyond = false; // … beyond what its flush can have touched

  for await (const chunk of chunks) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    let at = 0;
    while (broken === undefined) {
      const found = inspectFrame(pending, at);
      if (found.kind === 'short') break;
      if (found.kind === 'damaged') {
        const offset = base + at;
        broken = { offset, beyond: Math.max(base + found.claimedEnd, offset + flushReach) };
        break;
      }
      yield { kind: 'ok', payload: found.payload, next: base + found.next, offset: base + at };
      at = found.next;
    }
    pending = pending.subarray(at);
    base += at;
    if (broken !== undefined) {
      sawData ||= !isZero(pending, 0);
      sawBeyond ||= !isZero(pending, broken.beyond - base);
      base += pending.length;
      pending = new Uint8Array(0);
    }
  }
  if (broken === undefined) yield { kind: isZero(pending, 0) ? 'end' : 'torn', offset: base };
  else yield { ...(sawData ? classify(!sawBeyond) : { kind: 'end' }), offset: broken.offset };
}
