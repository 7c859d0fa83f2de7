import { OfflineJournal } from '@claviger/adapters/audit-journal-segments';
import { entry, FOLDER, journalKey, SimulatedJournal, settle } from '../../support/simulated-journal.js';

describe('a journal that is read offline', () => {
  async function written(): Promise<SimulatedJournal> {
    const simulated = new SimulatedJournal();
    const journal = await simulated.open();
    for (let n = 1; n <= 100; n++) await journal.append(entry(n));
    await journal.upkeepIdle();
    await journal.close();
    return simulated;
  }

  it('shows what was written, from raw and compressed segments, with the detail keys', async () => {
    const simulated = await written();
    const { disk, detailKeys } = simulated;
    expect(simulated.segments().some((path) => path.endsWith('.zst'))).toBe(true);
    const offline = await OfflineJournal.open({ folder: FOLDER, journalKey, detailKeys, files: disk });
    expect(offline.head).toBe(100);
    const read = await offline.read(0, 1000);
    expect(read).toEqual(Array.from({ length: 100 }, (_, i) => ({ ...entry(i + 1), sequence: i + 1, erased: false })));
    expect(await offline.link(100)).toMatch(/^[0-9a-f]{64}$/);
    expect(await offline.link(101)).toBeUndefined();
    expect((await offline.sources()).length).toBeGreaterThan(2);
    expect(await offline.retentionMark()).toBeUndefined();
    offline.close();
  });

  it('shows every detail as erased without them', async () => {
    const { disk } = await written();
    const offline = await OfflineJournal.open({ folder: FOLDER, journalKey, files: disk });
    const read = await offline.read(0, 10);
    expect(read.map(({ detail, erased }) => [detail, erased])).toEqual(
      read.map((_, i) => ['', entry(i + 1).detail !== '']),
    );
    offline.close();
  });

  it('is not written to: files of a running journal stay as they are', async () => {
    const simulated = new SimulatedJournal();
    const journal = await simulated.open();
    await journal.append(entry(1));
    simulated.disk.holdDatasync = () => undefined;
    journal.append(entry(2)).catch(() => undefined);
    await settle();
    const before = simulated.disk.copy();
    simulated.disk.fault = (operation) => (['read', 'open'].includes(operation) ? undefined : 'EROFS');
    const offline = await OfflineJournal.open({ folder: FOLDER, journalKey, files: simulated.disk });
    expect((await offline.read(0, 10)).length).toBeGreaterThan(0);
    for (const path of before.paths())
      expect(simulated.disk.bytes(path)?.equals(before.bytes(path) ?? Buffer.alloc(0))).toBe(true);
    offline.close();
  });

  it('is empty where there are no segments', async () => {
    const { disk } = new SimulatedJournal();
    const offline = await OfflineJournal.open({ folder: FOLDER, journalKey, files: disk });
    expect([offline.head, await offline.read(0, 10), await offline.sources()]).toEqual([0, [], []]);
    offline.close();
  });
});
