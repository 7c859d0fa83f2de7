import type { AuditJournal, JournalEntry, RecordedEntry } from './contract.js';

const AT = Date.UTC(2026, 10, 24, 3, 0, 0);
const LATER = Date.UTC(2026, 11, 1);
const A = '111111111111';
const B = '222222222222';

const entry = (n: number, over: Partial<JournalEntry> = {}): JournalEntry => ({
  account: A,
  at: AT + n,
  open: `{"n":${n}}`,
  detail: `{"source":"192.0.2.${n % 250}","name":"Zoë ${n}"}`,
  ...over,
});

const asRecorded = (one: JournalEntry, sequence: number): RecordedEntry => ({ ...one, sequence, erased: false });

/** What every AuditJournal does. `make` gives a new, empty journal; the suite closes it. */
export function auditJournalConformance(name: string, make: () => Promise<AuditJournal>): void {
  describe(`${name} as an AuditJournal`, () => {
    let journal: AuditJournal;

    beforeEach(async () => {
      journal = await make();
    });

    afterEach(() => journal.close());

    const fill = (count: number): Promise<number[]> =>
      Promise.all(Array.from({ length: count }, (_, i) => journal.append(entry(i + 1))));

    it('starts empty, with a link of zeros before the first entry', async () => {
      expect(journal.head()).toBe(0);
      expect(journal.writable()).toBe(true);
      expect(await journal.read(0, 10)).toEqual([]);
      expect(await journal.link(0)).toBe('00'.repeat(32));
      expect(await journal.link(1)).toBeUndefined();
    });

    it('numbers entries without a gap from 1, in the order of the calls', async () => {
      expect(await fill(5)).toEqual([1, 2, 3, 4, 5]);
      expect(await journal.append(entry(6))).toBe(6);
      expect(journal.head()).toBe(6);
    });

    it('reads back exactly what was written, in pages', async () => {
      const written = [
        entry(1),
        entry(2, { detail: '' }),
        entry(3, { account: '-', open: '{"ü":"日本"}' }),
        entry(4, { account: B, at: LATER }),
        entry(5),
      ];
      for (const one of written) await journal.append(one);
      const expected = written.map((one, index) => asRecorded(one, index + 1));
      expect(await journal.read(0, 100)).toEqual(expected);
      expect(await journal.read(0, 2)).toEqual(expected.slice(0, 2));
      expect(await journal.read(2, 2)).toEqual(expected.slice(2, 4));
      expect(await journal.read(4, 2)).toEqual(expected.slice(4));
      expect(await journal.read(5, 2)).toEqual([]);
    });

    it('hands the entries of each flush to its listeners, in order, before the callers are answered', async () => {
      const seen: RecordedEntry[] = [];
      const stop = journal.onDurable((entries) => seen.push(...entries));
      const answered = fill(20).then(() => seen.length);
      expect(await answered).toBe(20);
      expect(seen.map((one) => one.sequence)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      expect(seen[6]).toEqual(asRecorded(entry(7), 7));
      stop();
      await journal.append(entry(21));
      expect(seen).toHaveLength(20);
    });

    it('answers callers although a listener throws', async () => {
      journal.onDurable(() => {
        throw new Error('a listener failed');
      });
      const seen: number[] = [];
      journal.onDurable((entries) => seen.push(...entries.map((one) => one.sequence)));
      expect(await journal.append(entry(1))).toBe(1);
      expect(seen).toEqual([1]);
    });

    it('gives every entry a link of its own that stays the same', async () => {
      await fill(3);
      const links = await Promise.all([0, 1, 2, 3].map((sequence) => journal.link(sequence)));
      expect(new Set(links).size).toBe(4);
      for (const link of links) expect(link).toMatch(/^[0-9a-f]{64}$/);
      await journal.append(entry(4));
      expect(await Promise.all([0, 1, 2, 3].map((sequence) => journal.link(sequence)))).toEqual(links);
      expect(await journal.link(5)).toBeUndefined();
    });

    it('erases the detail of one account and month, and of nothing else', async () => {
      const written = [entry(1), entry(2, { account: B }), entry(3, { at: LATER }), entry(4, { detail: '' })];
      for (const one of written) await journal.append(one);
      const link = await journal.link(4);
      await journal.eraseDetail(A, '2026-11');
      await journal.eraseDetail(A, '2026-11');
      const [first, ...others] = await journal.read(0, 10);
      expect(first).toEqual({ ...entry(1), sequence: 1, detail: '', erased: true });
      expect(others).toEqual(written.slice(1).map((one, index) => asRecorded(one, index + 2)));
      expect(await journal.link(4)).toBe(link);
    });

    it('keeps the detail of entries that come after an erasure', async () => {
      await journal.append(entry(1));
      await journal.eraseDetail(A, '2026-11');
      await journal.append(entry(2));
      expect(await journal.read(1, 10)).toEqual([asRecorded(entry(2), 2)]);
    });

    it('erases entries that were still waiting as well', async () => {
      const waiting = fill(3);
      await journal.eraseDetail(A, '2026-11');
      await waiting;
      const read = await journal.read(0, 10);
      expect(read.map((one) => one.erased)).toEqual([true, true, true]);
    });

    it('refuses what is no month', async () => {
      for (const month of ['2026-13', '2026', '', '2026-11-01']) {
        await expect(journal.eraseDetail(A, month)).rejects.toThrow(RangeError);
      }
    });

    it('refuses entries that are too large or malformed, and goes on', async () => {
      await expect(journal.append(entry(1, { open: `"${'x'.repeat(17_000)}"` }))).rejects.toThrow(RangeError);
      await expect(journal.append(entry(1, { account: 'more than twelve' }))).rejects.toThrow(RangeError);
      await expect(journal.append(entry(1, { at: 1.5 }))).rejects.toThrow(RangeError);
      expect(await journal.append(entry(1))).toBe(1);
    });

    it('answers what waits when it is closed, and refuses what comes later', async () => {
      const waiting = fill(3);
      await journal.close();
      expect(await waiting).toEqual([1, 2, 3]);
      expect(journal.writable()).toBe(false);
      await expect(journal.append(entry(4))).rejects.toMatchObject({ name: 'JournalUnavailable' });
      await journal.close();
    });
  });
}
