import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eraseMonth } from './erase.js';
import { AuditFold } from './fold.js';
import { searchAudit } from './query.js';
import { ACCOUNT, entry, event, metadata } from './spec-support.js';
import { AuditFile } from './table.js';

const MARCH = Date.UTC(2026, 2, 1);
const APRIL = Date.UTC(2026, 3, 1);
const OTHER = '999999999999';

let folder: string;
let db: AuditFile;
let fold: AuditFold;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'claviger-audit-'));
  db = AuditFile.open(join(folder, 'audit.db'));
  fold = new AuditFold(db);
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Everything SQLite has on disk for this file. */
const bytes = (): Buffer => Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
const run = (account: string, month: string): number => [...eraseMonth(db, account, month)].length;
const personal = (mark: string): Record<string, unknown> => ({
  name: `name-${mark}`,
  source: `source-${mark}`,
  userAgent: `agent-${mark}`,
  reason: `reason-${mark}`,
  named: `named-${mark}`,
  context: { [`key-${mark}`]: `value-${mark}` },
});

describe('erasing one account and month', () => {
  it('leaves nothing of its personal values in the bytes of the file, and all of every other account and month', () => {
    // Many rows of mixed sizes and order, so that pages split and rows move between them.
    let sequence = 0;
    for (let batch = 0; batch < 60; batch += 1) {
      const entries = Array.from({ length: 50 }, (_, i) => {
        const which = (batch * 50 + i) % 3;
        const mark = ['GONE', 'APRIL', 'OTHER'][which] ?? '';
        const at = (which === 1 ? APRIL : MARCH) + ((batch * 7_919 + i * 104_729) % 1_000_000);
        const detail = personal(`${mark}-${'x'.repeat((i * 37) % 200)}`);
        return entry((sequence += 1), { at, account: which === 2 ? OTHER : ACCOUNT, key: `k${i % 5}` }, detail);
      });
      fold.entries(entries);
    }
    const sealed = (at: number): string => metadata({ occurredAt: new Date(at).toISOString(), requestId: `r${at}` });
    fold.events([
      event(1, 'Disabled', {}, { metadata: sealed(MARCH), detail: JSON.stringify(personal('GONE-event')) }),
      event(2, 'Enabled', {}, { metadata: sealed(APRIL), detail: JSON.stringify(personal('APRIL-event')) }),
    ]);
    expect(bytes().includes('GONE')).toBe(true);
    const before = searchAudit(db, { account: ACCOUNT }, undefined, 1_000).items.length;

    run(ACCOUNT, '2026-03');

    const after = bytes();
    expect(after.includes('GONE')).toBe(false);
    expect(after.includes('APRIL-event')).toBe(true);
    expect(searchAudit(db, { account: ACCOUNT }, undefined, 1_000).items).toHaveLength(before);
    const march = searchAudit(db, { account: ACCOUNT, from: MARCH, to: APRIL }, undefined, 1_000).items;
    for (const row of march) {
      expect(row).toMatchObject({
        principalName: null,
        sourceAddress: null,
        userAgent: null,
        reason: null,
        named: null,
        context: {},
        erased: true,
      });
      expect(row.principal).not.toBeNull();
    }
    const pairs = db.all('SELECT count(*), count(DISTINCT id) FROM pairs')[0];
    expect(pairs).toEqual([2_001, 2_001]);
    const names = db.all('SELECT DISTINCT account, month FROM names').map(String).toSorted();
    expect(names).toEqual([`${ACCOUNT},2026-04`, `${OTHER},2026-03`]);
    const april = searchAudit(db, { account: ACCOUNT, principal: 'name-APRIL-event' }, undefined, 10).items;
    expect(april).toEqual([expect.objectContaining({ reason: 'reason-APRIL-event', erased: false })]);
  });

  it('goes step by step, reaches the edges of the month, and does nothing the second time', () => {
    fold.entries([
      entry(1, { at: MARCH - 1 }),
      ...Array.from({ length: 1_200 }, (_, i) => entry(i + 2, { at: MARCH + i })),
      entry(1_202, { at: APRIL - 1 }),
      entry(1_203, { at: APRIL }),
    ]);
    expect(run(ACCOUNT, '2026-03')).toBeGreaterThan(3);
    const erased = searchAudit(db, { account: ACCOUNT, order: 'oldest' }, undefined, 1_000);
    expect(erased.items[0]).toMatchObject({ at: MARCH - 1, erased: false });
    expect(searchAudit(db, { account: ACCOUNT }, undefined, 2).items.map((row) => row.erased)).toEqual([false, true]);
    expect(run(ACCOUNT, '2026-03')).toBe(1);
  });

  it('finds again by name who is folded after it', () => {
    fold.entries([entry(1, { at: MARCH }, { name: 'dora' })]);
    run(ACCOUNT, '2026-03');
    fold.forgetNames();
    fold.entries([entry(2, { at: MARCH + 5 }, { name: 'dora' })]);
    expect(
      searchAudit(db, { account: ACCOUNT, principal: 'dora' }, undefined, 5).items.map(({ position }) => position),
    ).toEqual(['2']);
  });

  it.each(['2026-13', '2026-3', '', '2026-03-01', "'"])('refuses %p, which is no month', (month) => {
    expect(() => run(ACCOUNT, month)).toThrow(RangeError);
  });
});

describe('the file', () => {
  it('can be read by its owner only, its write-ahead log too', () => {
    fold.entries([entry(1)]);
    for (const name of readdirSync(folder))
      expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
  });
});
