import { createHmac } from 'node:crypto';
import { HmacSha256 } from './hmac-sha256.js';
import golden from './golden/journal-v1.json' with { type: 'json' };
import { createLinker, firstLink } from './record-chain.js';
import { encodeFrame, parseFrame } from './record-frame.js';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const key = hex(golden.key);
const records = golden.records.map(hex);

function linksOf(chain: readonly Uint8Array[]): string[] {
  const link = createLinker(new HmacSha256(key));
  let previous = firstLink();
  return chain.map((record) => {
    previous = link(previous, record);
    return Buffer.from(previous).toString('hex');
  });
}

describe('the record chain', () => {
  it('equals the golden journal: frames and links', () => {
    expect(linksOf(records)).toEqual(golden.links);
    const segment = Buffer.concat([...records.map((record) => encodeFrame(record)), Buffer.alloc(16)]);
    expect(segment.toString('hex')).toBe(golden.segment);
    let at = 0;
    for (const record of records) {
      const frame = parseFrame(segment, at);
      if (frame.kind !== 'ok') throw new Error(frame.kind);
      expect(record.equals(frame.payload)).toBe(true);
      at = frame.next;
    }
  });

  it('links by HMAC-SHA-256 over the previous link and the record', () => {
    const previous = Buffer.alloc(32, 5);
    const record = Buffer.from('record');
    const expected = createHmac('sha256', key).update(previous).update(record).digest();
    expect(expected.equals(createLinker(new HmacSha256(key))(previous, record))).toBe(true);
  });

  it('changes every later link once a record is changed, removed or moved', () => {
    const [one, two, three] = records;
    if (one === undefined || two === undefined || three === undefined) throw new Error('three records');
    const changed = Buffer.from(two);
    changed[9] = (changed[9] ?? 0) ^ 1;
    const good = linksOf(records);
    expect(linksOf([one, changed, three])[0]).toBe(good[0]);
    for (const tampered of [
      [one, changed, three],
      [one, three],
      [two, one, three],
      [Buffer.concat([one, two]), three],
    ]) {
      expect(linksOf(tampered).at(-1)).not.toBe(good.at(-1));
    }
  });

  it('refuses a previous link of another length, and starts from a fresh array of zeros', () => {
    const link = createLinker(new HmacSha256(key));
    expect(() => link(new Uint8Array(31), new Uint8Array(1))).toThrow(TypeError);
    firstLink().fill(1);
    expect(firstLink()).toEqual(new Uint8Array(32));
  });
});
