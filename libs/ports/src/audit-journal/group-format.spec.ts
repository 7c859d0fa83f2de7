import { SecretBytes } from '@claviger/crypto';
import type { JournalEntry } from './contract.js';
import type { DetailKey } from './detail-keys.js';
import { checkGroup, isFault } from './chain-check.js';
import { entryCost, GROUP_OVERHEAD, GroupBuilder } from './group-builder.js';
import { parseGroup } from './group-format.js';
import { readGroup } from './group-reader.js';
import { journalKeys } from './journal-keys.js';
import { encodeSegmentHeader, parseSegmentHeader } from './segment-header.js';
import { parseSegmentFileName, segmentFileName } from './segment-names.js';

const keys = journalKeys(SecretBytes.take(new Uint8Array(32).fill(1)));
const journalId = new Uint8Array(16).fill(2);
const link = new Uint8Array(32).fill(3);
const fixed = (length: number): Uint8Array => new Uint8Array(length).fill(4);
const november: DetailKey = {
  account: '111111111111',
  month: '2026-11',
  generation: 5,
  key: SecretBytes.take(new Uint8Array(32).fill(6)),
};
const dash: DetailKey = {
  account: '-',
  month: '2026-12',
  generation: 0,
  key: SecretBytes.take(new Uint8Array(32).fill(7)),
};
const entry = (n: number, over: Partial<JournalEntry> = {}): JournalEntry => ({
  account: '111111111111',
  at: 1_764_000_000_000 + n,
  open: `{"n":${n},"ü":"日本"}`,
  detail: `{"name":"Zoë ${n}"}`,
  ...over,
});

const items = [
  { entry: entry(1), detailKey: november },
  { entry: entry(2, { detail: '' }), detailKey: undefined },
  { entry: entry(3, { account: '-' }), detailKey: dash },
  { entry: entry(4), detailKey: november },
];

function payloadOf(first = 2 ** 33, id = journalId): Buffer {
  const { bytes } = new GroupBuilder(keys, id, fixed).build(items, first, link);
  return Buffer.from(bytes.subarray(8));
}

const findKey = async ({ account }: { account: string }) => (account === '-' ? dash.key : november.key);

describe('a group', () => {
  it('reads back as it was written, beyond 2^32 as well', async () => {
    const first = 2 ** 33;
    const group = parseGroup(payloadOf(first));
    const read = group && (await readGroup(group, 0, journalId, findKey));
    expect(read).toEqual(items.map((item, i) => ({ ...item.entry, sequence: first + i, erased: false })));
    expect(group && (await readGroup(group, first + 1, journalId, findKey))).toHaveLength(2);
    expect(group?.details).toHaveLength(2);
  });

  it('hangs on the link before it, and gives the link after it', () => {
    const builder = new GroupBuilder(keys, journalId, fixed);
    const built = builder.build(items, 7, link);
    const payload = Buffer.from(built.bytes.subarray(8));
    const checked = checkGroup(payload, { next: 7, link }, keys);
    expect(checked).toEqual({ next: 11, link: Uint8Array.from(built.link) });
    for (const place of [
      { next: 6, link },
      { next: 8, link },
      { next: 7, link: new Uint8Array(32) },
    ]) {
      expect(isFault(checkGroup(payload, place, keys))).toBe(true);
    }
  });

  it('shows detail as erased where its key is gone, and the chain verifies all the same', async () => {
    const payload = payloadOf(1);
    const group = parseGroup(payload);
    const read =
      group && (await readGroup(group, 0, journalId, async ({ account }) => (account === '-' ? dash.key : undefined)));
    expect(read?.map(({ detail, erased }) => [detail, erased])).toEqual([
      ['', true],
      ['', false],
      [entry(3).detail, false],
      ['', true],
    ]);
    expect(isFault(checkGroup(payload, { next: 1, link }, keys))).toBe(false);
  });

  it('does not open in another journal, or with detail of another group, month, account or generation', async () => {
    const group = parseGroup(payloadOf());
    expect(group && (await readGroup(group, 0, new Uint8Array(16), findKey))).toBeUndefined();
    for (const offset of [7, 12, 15, 17, 22, 25, 39]) {
      const changed = payloadOf();
      const record = parseGroup(changed)?.details[0]?.bytes ?? Buffer.alloc(40);
      record[offset] = (record[offset] ?? 0) ^ 1;
      const found = parseGroup(changed);
      expect([offset, found && (await readGroup(found, 0, journalId, findKey))]).toEqual([offset, undefined]);
    }
  });

  it('never shows personal detail in its bytes', () => {
    expect(payloadOf().includes('Zoë')).toBe(false);
    expect(payloadOf().includes('"n":3')).toBe(true);
  });

  it('costs no more than was reckoned', () => {
    const cost = items.reduce((sum, item) => sum + entryCost(item.entry), 0);
    expect(payloadOf().length + 8).toBeLessThanOrEqual(cost + GROUP_OVERHEAD);
  });

  it('has the bytes of format version 1', () => {
    const one = new GroupBuilder(keys, journalId, fixed).build([{ entry: entry(1), detailKey: november }], 9, link);
    expect(Buffer.from(one.bytes).toString('hex')).toBe(GOLDEN_GROUP);
  });

  it.each([0, 3, 43, 44, 47, 48, 100])('of which only %p bytes are there is none', (length) => {
    expect(parseGroup(payloadOf().subarray(0, length))).toBeUndefined();
  });
});

describe('a segment header', () => {
  const header = {
    number: 12,
    journalId,
    firstSequence: 2 ** 40 + 1,
    previousLink: link,
    reason: 'torn' as const,
    openedAt: 1_764_000_000_000,
  };

  it('reads back as it was written, under its key alone', () => {
    const bytes = encodeSegmentHeader(header, keys);
    expect(parseSegmentHeader(bytes, keys)).toEqual(header);
    expect(parseSegmentHeader(bytes, journalKeys(SecretBytes.take(new Uint8Array(32))))).toBeUndefined();
    expect(parseSegmentHeader(bytes.subarray(0, 511), keys)).toBeUndefined();
  });

  it('has the bytes of format version 1', () => {
    expect(encodeSegmentHeader(header, keys).subarray(0, 112).toString('hex')).toBe(GOLDEN_HEADER);
    expect(encodeSegmentHeader(header, keys)).toHaveLength(512);
  });

  it('is named by number and first sequence', () => {
    const name = { number: 12, firstSequence: 345_678, compressed: true };
    expect(segmentFileName(name)).toBe('00000012-0000000000345678.segment.zst');
    expect(parseSegmentFileName(segmentFileName(name))).toEqual(name);
    for (const other of ['retention.mark', '12-1.segment', '00000012-0000000000345678.segment.tmp', '']) {
      expect(parseSegmentFileName(other)).toBeUndefined();
    }
  });
});

// Written once from the format as it is described; they never change within version 1.
const GOLDEN_GROUP =
  '0000010aaab55cf2000000000000000900000001030303030303030303030303030303030303030303030303030303030303030300000065020000010000000000000009323032362d313100313131313131313131313131000000050404040404040404040404040404040404040404040404043bf51ae3e44d4680f2c64fcd47f9916ddf48009dcaf96a1f5f06893ed54683e55654db473657bc9ef9195434191f6a08cf32277bc277a09bea420b992cf342f2456d9ea9cc000000390100000100000000000000090000019ab697e8013131313131313131313131317b226e223a312c22c3bc223a22e697a5e69cac227dfdfdd54e0c00fe064c18aa395dec12ff02f494ef8795cb1f8b324c61d32e1c41';
const GOLDEN_HEADER =
  '434c56474a534547000103000000000c02020202020202020202020202020202000001000000000103030303030303030303030303030303030303030303030303030303030303030000019ab697e800cda0151b81104611d10e2415d55e00e24931dee2dbc650e97512fc5567804519';
