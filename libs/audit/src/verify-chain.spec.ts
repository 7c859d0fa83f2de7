import { encodeFrame, FRAME_HEADER_LENGTH } from '@claviger/crypto';
import { encodeRetentionMark, journalKeys, parseGroup, parseSegmentHeader } from '@claviger/ports';
import { JournalMaker, keyOf, type MadeGroup, sourcesOf } from '../../../test/support/make-journal.js';
import { describeViolation } from './verdict.js';
import { verifyChain, type VerifyChainOptions } from './verify-chain.js';

const verify = (maker: JournalMaker, over: Partial<VerifyChainOptions> = {}) =>
  verifyChain({ sources: sourcesOf(maker.files), journalKey: keyOf(7), ...over });

/** Three segments of two groups of five: records 1 to 30, and zeros at the end. */
function thirty(): JournalMaker {
  const maker = new JournalMaker();
  for (let segment = 0; segment < 3; segment++)
    maker
      .segment(segment === 0 ? 'first' : 'full')
      .group(5)
      .group(5)
      .zeros(600);
  return maker;
}

const names = (maker: JournalMaker): string[] => [...maker.files.keys()];

/** Changes a group's payload and frames it anew, as somebody without the key would: checksum right, links not. */
function reframe(maker: JournalMaker, group: MadeGroup, change: (payload: Buffer) => Buffer): JournalMaker {
  const name = names(maker)[group.segment - 1] ?? '';
  return maker.edit(name, (bytes) => {
    const payload = Buffer.from(bytes.subarray(group.offset + FRAME_HEADER_LENGTH, group.offset + group.length));
    const frame = encodeFrame(change(payload));
    return Buffer.concat([bytes.subarray(0, group.offset), frame, bytes.subarray(group.offset + group.length)]);
  });
}

const at = (maker: JournalMaker, index: number): MadeGroup => {
  const group = maker.groups[index];
  if (group === undefined) throw new Error('no such group');
  return group;
};

describe('verifying a journal', () => {
  it('finds nothing wrong with one that is as it was written', async () => {
    const maker = thirty();
    expect(await verify(maker, { anchor: { sequence: 30, link: maker.link() } })).toEqual({
      ok: true,
      first: 1,
      entries: 30,
      segments: 3,
      head: { sequence: 30, link: maker.link() },
      torn: undefined,
      anchorChecked: true,
    });
  });

  it('finds nothing wrong with an empty one, and with segments that were compressed', async () => {
    expect(await verify(new JournalMaker())).toMatchObject({ ok: true, entries: 0 });
    const maker = thirty();
    for (const name of names(maker).slice(0, 2)) maker.compress(name);
    expect(await verify(maker)).toMatchObject({ ok: true, entries: 30 });
  });

  it.each([0, 1, 2, 3, 4, 5])(
    'names the record whose open part was changed, in group %p, whatever its checksum says',
    async (index) => {
      for (const place of [0, 2, 4]) {
        for (const checksum of ['as it was', 'made anew']) {
          const maker = thirty();
          const group = at(maker, index);
          let offset = 0;
          const change = (payload: Buffer): Buffer => {
            const record = parseGroup(payload)?.entryRecords[place];
            offset = group.offset + FRAME_HEADER_LENGTH + (record?.offset ?? 0);
            if (record !== undefined) record.bytes[40] = (record.bytes[40] ?? 0) ^ 1;
            return payload;
          };
          if (checksum === 'made anew') reframe(maker, group, change);
          else {
            maker.edit(names(maker)[group.segment - 1] ?? '', (bytes) => {
              change(bytes.subarray(group.offset + FRAME_HEADER_LENGTH, group.offset + group.length));
              return bytes;
            });
          }
          expect(await verify(maker)).toMatchObject({
            ok: false,
            violation: {
              sequence: group.first + place,
              part: 'entry',
              segment: group.segment,
              offset,
              reason: 'changed',
            },
          });
        }
      }
    },
  );

  it('names the group whose sealed detail was changed', async () => {
    const maker = thirty();
    reframe(maker, at(maker, 3), (payload) => {
      const sealed = parseGroup(payload)?.details[0]?.sealed;
      if (sealed !== undefined) sealed[30] = (sealed[30] ?? 0) ^ 1;
      return payload;
    });
    expect(await verify(maker)).toMatchObject({ violation: { sequence: 16, part: 'detail', reason: 'changed' } });
  });

  it('names the record that was taken out of its group', async () => {
    const maker = thirty();
    reframe(maker, at(maker, 1), (payload) => {
      const [, , third, fourth] = parseGroup(payload)?.entryRecords ?? [];
      const cut = Buffer.concat([payload.subarray(0, third?.offset), payload.subarray(fourth?.offset)]);
      cut.writeUInt32BE(4, 8);
      return cut;
    });
    expect(await verify(maker)).toMatchObject({ violation: { sequence: 8, reason: 'removed' } });
  });

  it('names the first record of a group that was taken out', async () => {
    const maker = thirty();
    const { offset, length } = at(maker, 2);
    maker.edit(names(maker)[1] ?? '', (bytes) =>
      Buffer.concat([bytes.subarray(0, offset), bytes.subarray(offset + length)]),
    );
    expect(await verify(maker)).toMatchObject({ violation: { sequence: 11, segment: 2, reason: 'removed' } });
  });

  it('names the first record of a segment that was taken out, at the start or in the middle', async () => {
    for (const [index, sequence] of [
      [0, 1],
      [1, 11],
    ] as const) {
      const maker = thirty();
      maker.files.delete(names(maker)[index] ?? '');
      expect(await verify(maker)).toMatchObject({ violation: { sequence, segment: index + 1, reason: 'removed' } });
    }
  });

  it('names the record from which on the chain was made with another key', async () => {
    const forged = new JournalMaker(keyOf(8));
    for (let segment = 0; segment < 3; segment++) forged.segment('full').group(5).group(5).zeros(600);
    const maker = thirty();
    // The forger has no header to put before it, and re-chains from the middle of the first segment on.
    const { offset } = at(maker, 1);
    const continued = new JournalMaker(keyOf(8));
    continued.segment('first').group(5);
    continued.place = { next: 6, link: parsedLink(maker, 0) };
    continued.group(5);
    const rechained = continued.file.subarray(at(continued, 1).offset);
    maker.edit(names(maker)[0] ?? '', (bytes) =>
      Buffer.concat([bytes.subarray(0, offset), rechained, Buffer.alloc(600)]),
    );
    expect(await verify(maker)).toMatchObject({
      violation: { sequence: 6, segment: 1, offset: expect.any(Number) as number },
    });
    expect(await verify(forged)).toMatchObject({
      violation: { sequence: 1, part: 'segment header', reason: 'changed' },
    });
  });

  it('says that it was re-chained where the records after it hang together, but not by the key', async () => {
    const maker = thirty();
    const continued = new JournalMaker(keyOf(8));
    continued.segment('first').group(5, { detail: false });
    continued.place = { next: 26, link: parsedLink(maker, 4) };
    continued.group(5, { detail: false });
    const rechained = continued.file.subarray(at(continued, 1).offset);
    maker.edit(names(maker)[2] ?? '', (bytes) =>
      Buffer.concat([bytes.subarray(0, at(maker, 5).offset), rechained, Buffer.alloc(600)]),
    );
    const verdict = await verify(maker);
    expect(verdict).toMatchObject({ ok: false, violation: { sequence: 26, segment: 3, reason: 're-chained' } });
    if (!verdict.ok) expect(describeViolation(verdict.violation)).toContain('from record 26 on');
  });

  it('notices a tail that was cut below the anchor, and only with the anchor', async () => {
    const maker = thirty();
    const anchor = { sequence: 28, link: parsedLinkOf(maker, 5, 2) };
    expect(await verify(maker, { anchor })).toMatchObject({ ok: true, anchorChecked: true });
    maker.edit(names(maker)[2] ?? '', (bytes) =>
      Buffer.concat([bytes.subarray(0, at(maker, 5).offset), Buffer.alloc(600)]),
    );
    expect(await verify(maker)).toMatchObject({ ok: true, entries: 25 });
    expect(await verify(maker, { anchor })).toMatchObject({
      violation: { sequence: 26, segment: 3, reason: 'tail-cut' },
    });
    maker.files.delete(names(maker)[2] ?? '');
    expect(await verify(maker, { anchor })).toMatchObject({ violation: { sequence: 21, reason: 'tail-cut' } });
    for (const name of names(maker)) maker.files.delete(name);
    expect(await verify(maker, { anchor })).toMatchObject({ violation: { sequence: 1, reason: 'tail-cut' } });
  });

  it('notices that another history stands where the anchor points', async () => {
    const maker = thirty();
    const anchor = { sequence: 28, link: 'ab'.repeat(32) };
    expect(await verify(maker, { anchor })).toMatchObject({
      violation: { sequence: 28, reason: 'differs-from-anchor' },
    });
  });

  it('takes a header that was changed, or belongs to another segment, for damage', async () => {
    for (const position of [0, 12, 35, 45, 100]) {
      const maker = thirty();
      maker.edit(names(maker)[1] ?? '', (bytes) => {
        bytes[position] = (bytes[position] ?? 0) ^ 1;
        return bytes;
      });
      expect(await verify(maker)).toMatchObject({ violation: { sequence: 11, segment: 2, part: 'segment header' } });
    }
    const maker = thirty();
    const [first = '', second = ''] = names(maker);
    maker.files.set(second, maker.files.get(first) ?? Buffer.alloc(0));
    expect(await verify(maker)).toMatchObject({ ok: false, violation: { segment: 2 } });
  });

  it('still names a changed record before a header that does not verify', async () => {
    const maker = thirty();
    reframe(maker, at(maker, 1), (payload) => {
      const record = parseGroup(payload)?.entryRecords[1];
      if (record !== undefined) record.bytes[40] = (record.bytes[40] ?? 0) ^ 1;
      return payload;
    });
    maker.edit(names(maker)[1] ?? '', (bytes) => bytes.fill(1, 0, 100));
    expect(await verify(maker)).toMatchObject({ violation: { sequence: 7, segment: 1 } });
  });
});

describe('what was never acknowledged', () => {
  it('is void beyond the record that the next header names', async () => {
    const maker = new JournalMaker();
    maker.segment('first').group(5).group(3, { keep: false }).zeros(100);
    maker.segment('failed').group(4, { keep: false });
    maker.segment('failed').group(2).zeros(100);
    expect(await verify(maker, { anchor: { sequence: 7, link: maker.link() } })).toMatchObject({
      ok: true,
      entries: 7,
    });
  });

  it('is void when it is only half there', async () => {
    const maker = new JournalMaker();
    maker.segment('first').group(5).group(3, { keep: false });
    maker.edit(maker.name, (bytes) => bytes.fill(0, bytes.length - 100));
    maker.segment('torn').group(2).zeros(100);
    expect(await verify(maker)).toMatchObject({ ok: true, entries: 7, torn: undefined });
  });

  it('is told, not blamed, when the service has not been started since', async () => {
    const maker = thirty().segment().group(5).group(20).zeros(600);
    const { offset, length } = at(maker, 7);
    // One sector of the flush was not written.
    const sector = Math.ceil(offset / 512) * 512;
    maker.edit(maker.name, (bytes) => bytes.fill(0, sector, sector + 512));
    expect(sector + 512).toBeLessThan(offset + length);
    expect(await verify(maker)).toMatchObject({ ok: true, entries: 35, torn: { segment: 4, offset } });
    const anchor = { sequence: 55, link: maker.link() };
    expect(await verify(maker, { anchor })).toMatchObject({ violation: { sequence: 36, reason: 'tail-cut', offset } });
  });

  it('is no excuse in the middle of a segment', async () => {
    const maker = thirty();
    const { offset } = at(maker, 4);
    const sector = Math.ceil(offset / 512) * 512;
    maker.edit(names(maker)[2] ?? '', (bytes) => bytes.fill(0, sector, sector + 512));
    expect(await verify(maker)).toMatchObject({ ok: false, violation: { segment: 3 } });
  });

  it('hides no record: a header that claims an earlier end is no header', async () => {
    const maker = new JournalMaker();
    maker.segment('first').group(5).group(5);
    const full = { ...maker.place };
    maker.place = { next: 6, link: parsedLink(maker, 0) };
    maker.segment('failed');
    maker.place = full;
    maker.group(5);
    expect(await verify(maker)).toMatchObject({ ok: false, violation: { segment: 2, sequence: 6, reason: 'removed' } });
  });
});

describe('what retention removed', () => {
  const marked = (maker: JournalMaker, segment: number): Buffer => {
    const keys = journalKeys(keyOf(7));
    const header = parseSegmentHeader([...maker.files.values()][segment - 1] ?? Buffer.alloc(0), keys);
    if (header === undefined) throw new Error('no header');
    return encodeRetentionMark({ ...header, segment: header.number }, keys);
  };

  it('is accepted with its mark, and only up to where the mark says', async () => {
    const maker = thirty();
    const retentionMark = marked(maker, 2);
    const [first = '', second = ''] = names(maker);
    maker.files.delete(first);
    expect(await verify(maker, { retentionMark })).toMatchObject({ ok: true, first: 11, entries: 20 });
    expect(await verify(maker)).toMatchObject({ violation: { sequence: 1, reason: 'removed' } });
    const edited = Buffer.from(retentionMark);
    edited[27] = 3;
    expect(await verify(maker, { retentionMark: edited })).toMatchObject({
      violation: { sequence: 1, reason: 'removed' },
    });
    maker.files.delete(second);
    expect(await verify(maker, { retentionMark })).toMatchObject({ violation: { sequence: 11, reason: 'removed' } });
  });

  it('is accepted where the removal itself was interrupted', async () => {
    const maker = thirty();
    const retentionMark = marked(maker, 3);
    maker.files.delete(names(maker)[0] ?? '');
    expect(await verify(maker, { retentionMark })).toMatchObject({ ok: true, first: 11 });
  });

  it('says when the anchor points at a record that is there no more', async () => {
    const maker = thirty();
    const retentionMark = marked(maker, 2);
    const gone = { sequence: 7, link: 'ab'.repeat(32) };
    const before = { sequence: 10, link: parsedLink(maker, 1).toString('hex') };
    maker.files.delete(names(maker)[0] ?? '');
    expect(await verify(maker, { retentionMark, anchor: gone })).toMatchObject({ ok: true, anchorChecked: false });
    expect(await verify(maker, { retentionMark, anchor: before })).toMatchObject({ ok: true, anchorChecked: true });
    const other = { ...before, link: gone.link };
    expect(await verify(maker, { retentionMark, anchor: other })).toMatchObject({ violation: { sequence: 10 } });
  });
});

describe('any bytes', () => {
  it('give a verdict: every byte of a small journal changed, in turn, is noticed', async () => {
    const whole = new JournalMaker().segment('first').group(2).group(1);
    const anchor = { sequence: 3, link: whole.link() };
    const [name = ''] = names(whole);
    for (let position = 0; position < whole.file.length; position++) {
      if (position >= 112 && position < 512) continue; // the rest of the header's sector says nothing
      const files = new Map([[name, Buffer.from(whole.file)]]);
      const bytes = files.get(name);
      if (bytes !== undefined) bytes[position] = (bytes[position] ?? 0) ^ 0x40;
      const verdict = await verifyChain({ sources: sourcesOf(files), journalKey: keyOf(7), anchor });
      expect([position, verdict.ok]).toEqual([position, false]);
    }
  });
});

function parsedLink(maker: JournalMaker, group: number): Buffer {
  const { segment, offset, length } = at(maker, group);
  return Buffer.from([...maker.files.values()][segment - 1]?.subarray(offset + length - 32, offset + length) ?? []);
}

function parsedLinkOf(maker: JournalMaker, group: number, entry: number): string {
  const { segment, offset, length } = at(maker, group);
  const payload =
    [...maker.files.values()][segment - 1]?.subarray(offset + FRAME_HEADER_LENGTH, offset + length) ?? Buffer.alloc(0);
  return parseGroup(payload)?.entryRecords[entry]?.link.toString('hex') ?? '';
}
