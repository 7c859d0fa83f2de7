import fc from 'fast-check';
import { AuditFold } from './fold.js';
import { searchAudit } from './query.js';
import type { AuditRow } from './row.js';
import { ACCOUNT, entry, event, KEY, metadata, REGION, START_AT } from './spec-support.js';
import { AuditFile } from './table.js';

const opened: AuditFile[] = [];
function file(): AuditFile {
  const one = AuditFile.open(':memory:');
  opened.push(one);
  return one;
}
afterEach(() => opened.splice(0).forEach((one) => one.close()));

const rows = (from: AuditFile): readonly AuditRow[] =>
  searchAudit(from, { account: ACCOUNT, order: 'oldest' }, undefined, 1_000).items;

describe('folding', () => {
  it('gives back each row as it was made', () => {
    const db = file();
    const fold = new AuditFold(db);
    const detail = { userAgent: 'sdk', reason: 'why', named: 'alias/a', context: { a: '1', b: '2' } };
    fold.entries([entry(1, { decidedOn: { key: 2 }, extra: { bytes: 32, ok: true, none: null } }, detail)]);
    fold.events([event(1, 'DestructionStarted', { versions: [1, 2] })]);
    expect(rows(db)).toEqual([
      expect.objectContaining({ source: 'event', position: '1', versions: [1, 2], version: null }),
      expect.objectContaining({
        ...detail,
        source: 'journal',
        position: '1',
        decidedOn: { key: 2 },
        extra: { bytes: 32, ok: true, none: null },
      }),
    ]);
  });

  it('passes over what lies at or below the checkpoint, also in part of a batch', () => {
    const db = file();
    const fold = new AuditFold(db);
    fold.entries([entry(1), entry(2)]);
    fold.events([event(3, 'Disabled', { version: null })]);
    fold.entries([entry(1, { operation: 'Other' }), entry(2, { operation: 'Other' })]);
    fold.entries([entry(2, { operation: 'Other' }), entry(3)]);
    fold.events([event(3, 'Enabled', { version: null })]);
    expect(rows(db).map(({ operation, eventTypes }) => eventTypes[0] ?? operation)).toEqual([
      'Disabled',
      'Decrypt',
      'Decrypt',
      'Decrypt',
    ]);
    expect(fold.checkpoint).toEqual({ journal: 3, store: 3n });
  });

  it('moves past heartbeats of nodes without a row for them, unless one does not verify', () => {
    const db = file();
    const fold = new AuditFold(db);
    const stream = 'heartbeat-n1';
    fold.events([event(1, 'NodeBeat', {}, { stream }), event(2, 'NodeBeat', {}, { stream, damaged: true })]);
    expect(fold.checkpoint.store).toBe(2n);
    const all = searchAudit(db, { account: ACCOUNT, withUnauthenticated: true }, undefined, 10).items;
    expect(all.map(({ error, position }) => [error, position])).toEqual([['DamagedRecord', '2']]);
  });

  it('ends up the same however the deliveries were cut and repeated', () => {
    const entries = Array.from({ length: 12 }, (_, i) => entry(i + 1, {}, { name: `n${i % 3}` }));
    const events = Array.from({ length: 12 }, (_, i) =>
      event(2 * i + 5, 'Tagged', { version: i }, { metadata: metadata({ requestId: `r${Math.floor(i / 3)}` }) }),
    );
    const whole = file();
    const once = new AuditFold(whole);
    once.entries(entries);
    once.events(events);
    const deliveries = fc.array(
      fc.record({ kind: fc.boolean(), back: fc.nat(3), count: fc.integer({ min: 1, max: 5 }) }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(deliveries, (cuts) => {
        const db = file();
        let fold = new AuditFold(db);
        const done = { entries: 0, events: 0 };
        for (const { kind, back, count } of [
          ...cuts,
          { kind: true, back: 0, count: 12 },
          { kind: false, back: 0, count: 12 },
        ]) {
          const which = kind ? 'entries' : 'events';
          const from = Math.max(0, done[which] - back);
          if (kind) fold.entries(entries.slice(from, from + count));
          else fold.events(events.slice(from, from + count));
          done[which] = Math.max(done[which], Math.min(12, from + count));
          // Another worker goes on from the file.
          if (back === 3) fold = new AuditFold(db);
        }
        expect(rows(db)).toEqual(rows(whole));
      }),
      { numRuns: 60 },
    );
  });

  it('is all or nothing: a batch that fails leaves rows and checkpoint as they were', () => {
    const db = file();
    const fold = new AuditFold(db);
    fold.entries([entry(1)]);
    const run = db.run.bind(db);
    jest.spyOn(db, 'run').mockImplementation((sql, ...values) => {
      if (sql.includes('INTO meta')) throw new Error('disk full');
      run(sql, ...values);
    });
    expect(() => fold.entries([entry(2, {}, { name: 'carol' })])).toThrow('disk full');
    expect(() => fold.events([event(1, 'Disabled')])).toThrow('disk full');
    jest.restoreAllMocks();
    expect(rows(db).map(({ position }) => position)).toEqual(['1']);
    expect(fold.checkpoint).toEqual({ journal: 1, store: 0n });
    fold.entries([entry(2, {}, { name: 'carol' })]);
    expect(searchAudit(db, { account: ACCOUNT, principal: 'carol' }, undefined, 10).items).toHaveLength(1);
  });

  it('makes one record of the events of one request, also across batches, and not of those of two keys', () => {
    const db = file();
    const fold = new AuditFold(db);
    const other = { stream: `key-${ACCOUNT}-${REGION}-other` };
    fold.events([event(1, 'VersionRotated', { version: 2, from: 1 }), event(2, 'PendingRetirement', { version: 1 })]);
    fold.events([event(3, 'DescriptionUpdated', { description: 'x' }), event(4, 'Disabled', {}, other)]);
    expect(rows(db)).toEqual([
      expect.objectContaining({
        keyId: KEY,
        versions: [2, 1],
        version: 2,
        eventTypes: ['VersionRotated', 'PendingRetirement', 'DescriptionUpdated'],
      }),
      expect.objectContaining({ keyId: 'other', eventTypes: ['Disabled'] }),
    ]);
    expect(searchAudit(db, { account: ACCOUNT, key: KEY, version: 1 }, undefined, 10).items).toHaveLength(1);
  });

  it('does not let a damaged event touch the record of a sound one', () => {
    const db = file();
    const fold = new AuditFold(db);
    fold.events([event(1, 'Disabled', {}), event(2, 'Enabled', {}, { damaged: true })]);
    expect(rows(db).map(({ result, eventTypes }) => [result, eventTypes])).toEqual([
      ['success', ['Disabled']],
      ['failure', ['Enabled']],
    ]);
  });

  it('puts an event that does not tell its time behind the one before it', () => {
    const db = file();
    const fold = new AuditFold(db);
    fold.events([event(1, 'Disabled', {})]);
    new AuditFold(db).events([event(2, 'Enabled', {}, { metadata: '{' })]);
    expect(rows(db).map(({ at, error }) => [at, error])).toEqual([
      [START_AT, null],
      [START_AT, 'DamagedRecord'],
    ]);
  });

  it('takes positions up to the highest of a 64-bit log', () => {
    const db = file();
    const highest = 2n ** 63n - 1n;
    const fold = new AuditFold(db);
    fold.entries([{ ...entry(1), sequence: Number.MAX_SAFE_INTEGER }]);
    fold.events([event(1, 'Disabled', {}, { position: highest })]);
    expect(rows(db).map(({ position }) => position)).toEqual([String(highest), String(Number.MAX_SAFE_INTEGER)]);
    expect(new AuditFold(db).checkpoint).toEqual({ journal: Number.MAX_SAFE_INTEGER, store: highest });
  });
});
