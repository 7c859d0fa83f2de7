import fc from 'fast-check';
import { readFrames } from './frame-stream.js';
import {
  encodeFrame,
  encodeFrameInto,
  FRAME_HEADER_LENGTH,
  MAX_FRAME_PAYLOAD,
  parseFrame,
  type Frame,
} from './record-frame.js';

const text = (value: string): Buffer => Buffer.from(value);
const RECORDS = [text('one'), text('{"operation":"Decrypt"}'), Buffer.alloc(50, 7)];
const FRAMES = RECORDS.map((record) => encodeFrame(record));
const SEGMENT = Buffer.concat([...FRAMES, Buffer.alloc(100)]);
const offsetOf = (index: number): number => FRAMES.slice(0, index).reduce((sum, frame) => sum + frame.length, 0);
const END = offsetOf(3);

interface Reading {
  readonly payloads: string[];
  readonly last: Frame['kind'];
  readonly at: number;
}

function readAll(bytes: Uint8Array, flushReach = 0): Reading {
  const payloads: string[] = [];
  let at = 0;
  for (;;) {
    const frame = parseFrame(bytes, at, flushReach);
    if (frame.kind !== 'ok') return { payloads, last: frame.kind, at };
    payloads.push(Buffer.from(frame.payload).toString('hex'));
    at = frame.next;
  }
}

async function streamAll(bytes: Uint8Array, chunkLength: number, flushReach = 0): Promise<Reading> {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += chunkLength) chunks.push(bytes.subarray(at, at + chunkLength));
  const payloads: string[] = [];
  for await (const frame of readFrames(chunks, flushReach)) {
    if (frame.kind !== 'ok') return { payloads, last: frame.kind, at: frame.offset };
    payloads.push(Buffer.from(frame.payload).toString('hex'));
  }
  throw new Error('a stream of frames ends with its verdict');
}

describe('frames of journal records', () => {
  it('are read back one after the other, to the zeros of a prepared segment or the end of a short one', () => {
    const payloads = RECORDS.map((record) => record.toString('hex'));
    expect(readAll(SEGMENT)).toEqual({ payloads, last: 'end', at: END });
    expect(readAll(SEGMENT.subarray(0, END))).toEqual({ payloads, last: 'end', at: END });
    expect(readAll(SEGMENT.subarray(0, END + 5))).toEqual({ payloads, last: 'end', at: END });
    expect(readAll(new Uint8Array(0))).toEqual({ payloads: [], last: 'end', at: 0 });
    expect(readAll(new Uint8Array(200_000))).toEqual({ payloads: [], last: 'end', at: 0 });
  });

  it('are torn when the bytes end within one', () => {
    for (let length = offsetOf(2) + 1; length < END; length++) {
      const onlyZerosOfTheLength = length <= offsetOf(2) + 3;
      expect(readAll(SEGMENT.subarray(0, length)).last).toBe(onlyZerosOfTheLength ? 'end' : 'torn');
    }
  });

  it('are torn when the last one was written in part and only zeros follow', () => {
    for (let kept = 4; kept < 58; kept++) {
      const bytes = Buffer.from(SEGMENT);
      bytes.fill(0, offsetOf(2) + kept);
      expect(readAll(bytes)).toMatchObject({ last: 'torn', at: offsetOf(2) });
    }
  });

  it('are corrupt when one is damaged and data follow beyond the reach of a flush', () => {
    for (let at = offsetOf(1); at < offsetOf(2); at++) {
      const bytes = Buffer.from(SEGMENT);
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      const { last } = readAll(bytes);
      // A longer length may claim all that follows: nothing is then left that proves more than a torn write.
      expect(['corrupt', ...(at < offsetOf(1) + 4 ? ['torn'] : [])]).toContain(last);
    }
    const erased = Buffer.from(SEGMENT);
    erased.fill(0, offsetOf(1), offsetOf(2));
    expect(readAll(erased)).toMatchObject({ last: 'corrupt', at: offsetOf(1) });
  });

  it('are torn when the damage and all that follows lie within one flush', () => {
    const bytes = Buffer.from(SEGMENT);
    bytes.fill(0, offsetOf(1), offsetOf(2));
    expect(readAll(bytes, END - offsetOf(1)).last).toBe('torn');
    expect(readAll(bytes, END - offsetOf(1) - 1).last).toBe('corrupt');
  });

  it('hold 1 byte to 1 MiB', () => {
    expect(() => encodeFrame(new Uint8Array(0))).toThrow(TypeError);
    expect(() => encodeFrame(new Uint8Array(MAX_FRAME_PAYLOAD + 1))).toThrow(TypeError);
    expect(parseFrame(encodeFrame(Buffer.alloc(MAX_FRAME_PAYLOAD, 1)), 0)).toMatchObject({ kind: 'ok' });
    const tooLong = Buffer.alloc(MAX_FRAME_PAYLOAD + 100, 1);
    tooLong.writeUInt32BE(MAX_FRAME_PAYLOAD + 1, 0);
    expect(parseFrame(tooLong, 0).kind).toBe('corrupt');
  });

  it('are written into a batch at an offset, or not at all if they do not fit', () => {
    const batch = Buffer.alloc(60);
    const next = encodeFrameInto(batch, 5, text('payload'));
    expect(next).toBe(5 + FRAME_HEADER_LENGTH + 7);
    expect(parseFrame(batch, 5)).toMatchObject({ kind: 'ok', next });
    const before = Buffer.from(batch);
    expect(() => encodeFrameInto(batch, 55, text('payload'))).toThrow(RangeError);
    expect(batch.equals(before)).toBe(true);
  });

  it('are parsed totally: any bytes at any offset give one of the four kinds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(100), fc.nat(100), (bytes, offset, reach) => {
        const frame = parseFrame(bytes, offset, reach);
        expect(['ok', 'end', 'torn', 'corrupt']).toContain(frame.kind);
        if (frame.kind === 'ok')
          expect(Buffer.compare(encodeFrame(frame.payload), bytes.subarray(offset, frame.next))).toBe(0);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('a stream of frames', () => {
  it('says the same as reading the whole segment, for any damage and any size of chunks', async () => {
    const damage = fc.array(fc.tuple(fc.nat(SEGMENT.length - 1), fc.nat(20), fc.nat(255)), { maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(
        damage,
        fc.nat(SEGMENT.length),
        fc.integer({ min: 1, max: 60 }),
        fc.nat(120),
        async (spots, cut, chunk, reach) => {
          const bytes = Buffer.from(SEGMENT);
          for (const [at, length, value] of spots) bytes.subarray(at, at + length).fill(value);
          const segment = cut % 3 === 0 ? bytes.subarray(0, cut) : bytes;
          expect(await streamAll(segment, chunk, reach)).toEqual(readAll(segment, reach));
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('says end for no chunks at all', async () => {
    expect(await streamAll(new Uint8Array(0), 1)).toEqual({ payloads: [], last: 'end', at: 0 });
  });
});
