import fc from 'fast-check';
import { decode, encodeData, encodeMetadata } from './envelope.js';

const event = { id: 'x', type: 'Happened' };
const appendId = Uint8Array.from({ length: 16 }, (_, i) => i);
const text = fc.string({ unit: 'grapheme' });

describe('the envelope of an event in EventStoreDB', () => {
  it('gives back every text, version and MAC byte for byte', () => {
    fc.assert(
      fc.property(
        fc.record({
          data: text,
          metadata: text,
          schemaVersion: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
          mac: fc.uint8Array({ maxLength: 64 }),
        }),
        (body) => {
          const frame = encodeMetadata({ ...event, ...body }, appendId);
          expect(decode(encodeData(body.data), frame)).toEqual({
            ...body,
            appendId: '000102030405060708090a0b0c0d0e0f',
          });
        },
      ),
    );
  });

  it('is no JSON, so that no client takes the metadata apart', () => {
    const frame = encodeMetadata(
      { ...event, data: '', metadata: '{}', schemaVersion: 1, mac: new Uint8Array(0) },
      appendId,
    );
    expect(() => JSON.parse(Buffer.from(frame).toString()) as unknown).toThrow(SyntaxError);
    expect(frame.constructor).toBe(Uint8Array);
  });

  it('is laid out as the ADR says', () => {
    const frame = encodeMetadata(
      { ...event, data: '', metadata: '{"a":1}', schemaVersion: 258, mac: Uint8Array.of(7, 8) },
      appendId,
    );
    expect(Buffer.from(frame).toString('hex')).toBe(
      '01' +
        '0000000000000102' +
        '000102030405060708090a0b0c0d0e0f' +
        '0002' +
        '0708' +
        Buffer.from('{"a":1}').toString('hex'),
    );
  });

  it('makes an event that never verifies of whatever it does not know', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array({ maxLength: 80 }), (data, frame) => {
        const known = decode(data, frame);
        if (frame[0] !== 1 || frame.length < 27) expect(known).toMatchObject({ mac: new Uint8Array(0), data: '' });
        expect(known.schemaVersion).toBeGreaterThanOrEqual(1);
      }),
    );
    const good = encodeMetadata(
      { ...event, data: 'd', metadata: 'm', schemaVersion: 1, mac: new Uint8Array(32) },
      appendId,
    );
    const change = (at: number, value: number) => decode(encodeData('d'), good.with(at, value));
    expect(change(0, 2).mac).toHaveLength(0); // another format
    expect(change(25, 255).mac).toHaveLength(0); // a MAC longer than the frame
    expect(change(1, 255).mac).toHaveLength(0); // a version that is no safe integer
    expect(decode(encodeData('d'), good.slice(0, 26)).mac).toHaveLength(0);
  });

  it('refuses a MAC that fits no frame', () => {
    const mac = new Uint8Array(65_536);
    expect(() => encodeMetadata({ ...event, data: '', metadata: '', schemaVersion: 1, mac }, appendId)).toThrow(
      RangeError,
    );
  });
});
