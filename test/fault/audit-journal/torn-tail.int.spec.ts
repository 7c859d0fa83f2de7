import { entry, SimulatedJournal, settle } from '../../support/simulated-journal.js';

jest.setTimeout(180_000);

type Harm = (bytes: Buffer, offset: number) => Buffer;

/** What a crash in the middle of the last flush can leave, and worse. */
const HARMS: readonly { readonly title: string; readonly step: number; readonly harm: Harm }[] = [
  { title: 'was cut off at any byte', step: 1, harm: (bytes, offset) => bytes.subarray(0, offset) },
  {
    title: 'has one wrong byte anywhere',
    step: 1,
    harm: (bytes, offset) => {
      bytes[offset] = (bytes[offset] ?? 0) ^ 0x55;
      return bytes;
    },
  },
  { title: 'is zero from somewhere on', step: 7, harm: (bytes, offset) => bytes.fill(0, offset) },
  { title: 'has a hole somewhere', step: 7, harm: (bytes, offset) => bytes.fill(0, offset, offset + 40) },
];

describe('a journal whose last group', () => {
  it.each(HARMS)('$title opens with all that was acknowledged before', async ({ harm, step }) => {
    // 1. Ten acknowledged entries, then a group of two whose flush is interrupted.
    const made = new SimulatedJournal();
    const journal = await made.open();
    for (let n = 1; n <= 10; n++) await journal.append(entry(n));
    const before = await journal.read(0, 100);
    const anchor = { sequence: 10, link: (await journal.link(10)) ?? '' };
    const start = Buffer.from(made.disk.bytes(made.tail()) ?? []).findLastIndex((byte) => byte !== 0) + 1;
    made.disk.holdDatasync = () => undefined;
    for (let n = 11; n <= 12; n++) journal.append(entry(n)).catch(() => undefined);
    await settle();
    const whole = made.disk.bytes(made.tail()) ?? Buffer.alloc(0);
    const end = whole.findLastIndex((byte) => byte !== 0) + 1;
    expect(end - start).toBeGreaterThan(350);

    // 2. Each byte of that group in turn.
    const { detailKeys } = made;
    for (let offset = start; offset < end; offset += step) {
      const rig = Object.assign(new SimulatedJournal({}, made.disk.copy()), { detailKeys });
      rig.disk.plant(made.tail(), harm(Buffer.from(whole), offset));
      const reopened = await rig.open();
      expect((await reopened.read(0, 10)).concat()).toEqual(before);
      expect([10, 12]).toContain(reopened.head());
      expect(await reopened.append(entry(99))).toBe(reopened.head());
      expect((await reopened.read(reopened.head() - 1, 1))[0]?.open).toBe(entry(99).open);
      await reopened.close();
      const verdict = await rig.verify(anchor);
      expect([offset, verdict.ok]).toEqual([offset, true]);
      expect(verdict.head.sequence).toBe(reopened.head());
    }
  });

  it('was changed and is followed by another is refused, and named', async () => {
    const rig = new SimulatedJournal();
    const journal = await rig.open();
    for (let n = 1; n <= 10; n++) await journal.append(entry(n));
    await journal.close();
    const bytes = rig.disk.bytes(rig.tail()) ?? Buffer.alloc(0);
    const middle = bytes.indexOf(`"n":5,`);
    bytes[middle + 4] = 0x39;
    await expect(rig.open()).rejects.toThrow(/record 5 was changed/);
    expect(await rig.verify()).toMatchObject({ ok: false, violation: { sequence: 5, reason: 'changed' } });
  });

  it('or header was changed is refused', async () => {
    const rig = new SimulatedJournal();
    await (await rig.open()).close();
    const bytes = rig.disk.bytes(rig.tail()) ?? Buffer.alloc(0);
    bytes[90] = (bytes[90] ?? 0) ^ 1;
    await expect(rig.open()).rejects.toThrow(/header does not verify/);
  });
});
