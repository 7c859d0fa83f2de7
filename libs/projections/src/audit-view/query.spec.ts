import fc from 'fast-check';
import { encodeCursor, parseCursor } from './cursor.js';
import { rowOfEntry } from './entry-row.js';
import { rowOfEvent } from './event-row.js';
import type { AuditFilter } from './filter.js';
import { AuditFold } from './fold.js';
import { InvalidCursor, searchAudit } from './query.js';
import type { AuditRow } from './row.js';
import { ACCOUNT, entry, event, KEY, metadata, REGION, START_AT } from './spec-support.js';
import { AuditFile } from './table.js';

const opened: AuditFile[] = [];
function folded(): { db: AuditFile; fold: AuditFold } {
  const db = AuditFile.open(':memory:');
  opened.push(db);
  return { db, fold: new AuditFold(db) };
}
afterEach(() => opened.splice(0).forEach((db) => db.close()));

/** What a search must give, by looking at every row. */
function matches(row: AuditRow, filter: AuditFilter): boolean {
  const { source } = filter;
  const is = <T>(wanted: T | undefined, found: T | null): boolean => wanted === undefined || wanted === found;
  return (
    (row.account === filter.account || (filter.withUnauthenticated === true && row.account === '-')) &&
    is(filter.region, row.region) &&
    is(filter.key, row.keyId) &&
    is(filter.operation, row.operation) &&
    is(filter.result, row.result) &&
    is(filter.request, row.requestId) &&
    (filter.version === undefined || row.versions.includes(filter.version)) &&
    (filter.principal === undefined || row.principal === filter.principal || row.principalName === filter.principal) &&
    (source === undefined ||
      (source.endsWith('*')
        ? row.sourceAddress?.startsWith(source.slice(0, -1)) === true
        : row.sourceAddress === source)) &&
    row.at >= (filter.from ?? 0) &&
    row.at < (filter.to ?? Number.POSITIVE_INFINITY) &&
    Object.entries(filter.context ?? {}).every(([name, value]) => row.context[name] === value)
  );
}

function all(db: AuditFile, filter: AuditFilter, limit: number): readonly AuditRow[] {
  const found: AuditRow[] = [];
  let cursor: string | null | undefined;
  do {
    const page = searchAudit(db, filter, cursor ?? undefined, limit);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return found;
}

const text = (...common: string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...common) }, { weight: 1, arbitrary: fc.string({ maxLength: 4 }) });
const few = {
  account: fc.constantFrom(ACCOUNT, '222233334444', '-'),
  region: fc.constantFrom(REGION, 'us-east-1'),
  key: text('k1', 'k2', "k'1", '%'),
  version: fc.integer({ min: 1, max: 12 }),
  principal: text('p1', 'p2', 'p3', 'alice'),
  name: text('alice', 'bob', 'p1', "x' OR 1=1 --"),
  operation: text('Encrypt', 'Decrypt'),
  result: fc.constantFrom<'success' | 'denied' | 'failure'>('success', 'denied', 'failure'),
  source: text('10.0.0.1', '10.0.0.2', '10.0.10.2', '::1', '*', '10.%'),
  // Many calls of one millisecond: ties are what paging breaks on.
  at: fc.integer({ min: 0, max: 9 }).map((ms) => START_AT + ms),
  context: fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), text('1', '2'), { maxKeys: 2 }),
};
const optional = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined, freq: 1 });

const anyEntry = fc.record({
  open: fc.record({
    account: few.account,
    region: optional(few.region),
    key: optional(few.key),
    version: optional(few.version),
    principal: optional(few.principal),
    operation: few.operation,
    result: few.result,
    at: few.at,
    id: text('r1', 'r2'),
  }),
  detail: fc.record({ name: optional(few.name), source: optional(few.source), context: few.context }),
});
const anyEvent = fc.record({
  versions: fc.array(few.version, { maxLength: 3 }),
  actor: few.principal,
  name: few.name,
  at: few.at,
});
const members = {
  withUnauthenticated: fc.boolean(),
  region: few.region,
  key: few.key,
  version: few.version,
  principal: fc.oneof(few.principal, few.name),
  operation: few.operation,
  result: few.result,
  request: text('r1', 'r2'),
  source: fc.oneof(few.source, fc.constantFrom('10.*', '10.0.0.*', '10.%*', '*')),
  from: few.at,
  to: few.at,
  context: few.context,
};
// Few conditions at a time: with all of them next to nothing is ever found.
const anyFilter: fc.Arbitrary<AuditFilter> = fc
  .record({
    base: fc.record({
      account: fc.constantFrom(ACCOUNT, '222233334444', '-'),
      order: fc.constantFrom<'newest' | 'oldest'>('newest', 'oldest'),
    }),
    all: fc.record(members),
    chosen: fc.subarray(Object.keys(members), { maxLength: 3 }),
  })
  .map(({ base, all: values, chosen }) => ({
    ...base,
    ...Object.fromEntries(Object.entries(values).filter(([name]) => chosen.includes(name))),
  }));

describe('a search', () => {
  it('finds exactly what looking at every row would find, in order and page by page (R-164)', () => {
    fc.assert(
      fc.property(
        fc.array(anyEntry, { minLength: 20, maxLength: 60, size: 'max' }),
        fc.array(anyEvent, { maxLength: 10, size: 'max' }),
        fc.array(fc.tuple(anyFilter, fc.integer({ min: 1, max: 7 })), { minLength: 6, maxLength: 12, size: 'max' }),
        (entries, events, searches) => {
          const { db, fold } = folded();
          const recorded = entries.map(({ open, detail }, i) => entry(i + 1, open, detail));
          const stored = events.map(({ versions, actor, name, at }, i) => {
            const meta = metadata({ requestId: `e${i}`, actor, occurredAt: new Date(at).toISOString() });
            return event(
              i + 1,
              'MaterialDestroyed',
              { versions },
              { metadata: meta, detail: JSON.stringify({ name }) },
            );
          });
          fold.entries(recorded);
          fold.events(stored);
          const rows = [...stored.map((one) => rowOfEvent(one, one.detail, 0)), ...recorded.map(rowOfEntry)];
          for (const [filter, limit] of searches) {
            // Events first within a millisecond, then by position: the order of the row ids.
            const wanted = rows.filter((row) => matches(row, filter)).toSorted((a, b) => a.at - b.at);
            if (filter.order === 'newest') wanted.reverse();
            expect(all(db, filter, limit)).toEqual(wanted);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    {},
    { key: 'k1' },
    { principal: 'p1' },
    { principal: 'alice' },
    { operation: 'Sign' },
    { request: 'r1' },
    { context: { a: '1' } },
    { source: '*' },
  ])('never shows what belongs to another account, whichever index serves it: %j', (filter) => {
    const { db, fold } = folded();
    const same = { key: 'k1', principal: 'p1', operation: 'Sign', id: 'r1' };
    const personal = { name: 'alice', context: { a: '1' } };
    // Many of its own that do not match, so that the index of the condition is the narrower one.
    const own = Array.from({ length: 20 }, (_, i) =>
      entry(i + 1, { key: 'k2', principal: 'p2', id: 'r2' }, { name: 'bob' }),
    );
    fold.entries([
      ...own,
      entry(21, { ...same, account: '222233334444' }, personal),
      entry(22, { ...same, account: '-' }, personal),
    ]);
    const found = all(db, { account: ACCOUNT, ...filter }, 5);
    expect(found.filter(({ account }) => account !== ACCOUNT)).toEqual([]);
  });

  it('answers who decrypted what on Tuesday between 3 and 4, and changes alike', () => {
    const { db, fold } = folded();
    const tuesday = Date.UTC(2026, 2, 10, 3);
    fold.entries([
      entry(1, { at: tuesday - 1 }),
      entry(2, { at: tuesday }, { name: 'carol' }),
      entry(3, { at: tuesday + 1, operation: 'Encrypt' }),
      entry(4, { at: tuesday + 3_600_000 }),
    ]);
    const hour = { account: ACCOUNT, from: tuesday, to: tuesday + 3_600_000 };
    expect(searchAudit(db, { ...hour, operation: 'Decrypt' }, undefined, 10).items).toEqual([
      expect.objectContaining({ principalName: 'carol', keyId: KEY, position: '2' }),
    ]);
    fold.events([
      event(1, 'Disabled', {}, { metadata: metadata({ occurredAt: new Date(tuesday + 5).toISOString() }) }),
    ]);
    expect(searchAudit(db, { ...hour, key: KEY }, undefined, 10).items.map(({ source }) => source)).toEqual([
      'event',
      'journal',
      'journal',
    ]);
  });

  it('finds long values, and only whole ones', () => {
    const { db, fold } = folded();
    const long = 'v'.repeat(3_000);
    fold.entries([
      entry(1, {}, { context: { [long]: `${long}1` } }),
      entry(2, {}, { context: { [long]: `${long}2` } }),
    ]);
    const found = searchAudit(db, { account: ACCOUNT, context: { [long]: `${long}1` } }, undefined, 10).items;
    expect(found.map(({ position, context }) => [position, context[long]?.length])).toEqual([['1', 3_001]]);
  });

  it('finds a name that more principals bore than are looked up one by one', () => {
    const { db, fold } = folded();
    fold.entries(Array.from({ length: 60 }, (_, i) => entry(i + 1, { principal: `p${i}` }, { name: 'shared' })));
    expect(all(db, { account: ACCOUNT, principal: 'shared' }, 25)).toHaveLength(60);
  });

  it('reads a rare context on a busy key, and a rare key under a common context, from the index that narrows most', () => {
    const { db, fold } = folded();
    const entries = Array.from({ length: 5_000 }, (_, i) =>
      entry(
        i + 1,
        { key: i % 1_000 === 7 ? 'rare' : 'busy' },
        { context: i % 1_000 === 9 ? { a: 'common', b: 'rare' } : { a: 'common' } },
      ),
    );
    fold.entries(entries);
    const statements: string[] = [];
    const search = db.search.bind(db);
    jest.spyOn(db, 'search').mockImplementation((sql, values) => {
      statements.push(sql);
      return search(sql, values);
    });
    expect(all(db, { account: ACCOUNT, key: 'busy', context: { b: 'rare' } }, 10)).toHaveLength(5);
    expect(statements.at(-1)).toContain('FROM pairs p');
    expect(all(db, { account: ACCOUNT, key: 'rare', context: { a: 'common' } }, 10)).toHaveLength(5);
    expect(statements.at(-1)).toContain('audit_by_key');
    expect(
      all(db, { account: ACCOUNT, operation: 'Decrypt', from: START_AT + 10, to: START_AT + 12 }, 10),
    ).toHaveLength(2);
    jest.restoreAllMocks();
  });

  it.each([0, -1, 1.5, 1_001, Number.NaN])('refuses a page of %p rows', (limit) => {
    expect(() => searchAudit(folded().db, { account: ACCOUNT }, undefined, limit)).toThrow(RangeError);
  });

  it('refuses more pairs of context than any call has reason to name', () => {
    const context = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, 'v']));
    expect(() => searchAudit(folded().db, { account: ACCOUNT, context }, undefined, 10)).toThrow(RangeError);
  });
});

describe('paging', () => {
  it('neither repeats nor leaves out a row while rows are added behind and before it', () => {
    fc.assert(
      fc.property(
        fc.array(few.at, { minLength: 1, maxLength: 30 }),
        fc.array(fc.array(fc.nat(5), { maxLength: 5 }), { maxLength: 10 }),
        fc.constantFrom<'newest' | 'oldest'>('newest', 'oldest'),
        fc.integer({ min: 1, max: 5 }),
        (first, additions, order, limit) => {
          const { db, fold } = folded();
          let sequence = 0;
          const add = (times: readonly number[]): void =>
            fold.entries(times.map((at) => entry((sequence += 1), { at })));
          add(first);
          const seen: string[] = [];
          let cursor: string | null | undefined;
          const waves = [...additions];
          do {
            const page = searchAudit(db, { account: ACCOUNT, order }, cursor ?? undefined, limit);
            seen.push(...page.items.map(({ position }) => position));
            cursor = page.next;
            // Later ones, as calls come in; they may or may not be seen, but never twice.
            add((waves.shift() ?? []).map((ms) => START_AT + 10 + ms));
          } while (cursor !== null);
          expect(new Set(seen).size).toBe(seen.length);
          for (let i = 1; i <= first.length; i += 1) expect(seen).toContain(String(i));
        },
      ),
      { numRuns: 80 },
    );
  });

  it('ends with null exactly when nothing follows', () => {
    const { db, fold } = folded();
    fold.entries([entry(1), entry(2)]);
    expect(searchAudit(db, { account: ACCOUNT }, undefined, 2).next).toBeNull();
    const { next } = searchAudit(db, { account: ACCOUNT }, undefined, 1);
    expect(searchAudit(db, { account: ACCOUNT }, next ?? '', 1).next).toBeNull();
  });
});

describe('a cursor', () => {
  const parts = fc.record({
    order: fc.constantFrom<'newest' | 'oldest'>('newest', 'oldest'),
    at: fc.maxSafeNat(),
    id: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  });

  it('comes back as it was made', () => {
    fc.assert(fc.property(parts, (cursor) => expect(parseCursor(encodeCursor(cursor))).toEqual(cursor)));
  });

  it('is refused, and nothing else happens, whatever else stands there', () => {
    const { db } = folded();
    const forms = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.string().map((inner) => Buffer.from(inner).toString('base64url')),
      fc.stringMatching(/^1[no]-?\d{0,20}_-?\d{0,20}$/).map((inner) => Buffer.from(inner).toString('base64url')),
      fc.tuple(parts, fc.string({ minLength: 1, maxLength: 2 })).map(([cursor, tail]) => encodeCursor(cursor) + tail),
    );
    fc.assert(
      fc.property(forms, (cursor) => {
        const parsed = parseCursor(cursor);
        if (parsed !== undefined) expect(encodeCursor(parsed)).toBe(cursor);
        const search = (): unknown => searchAudit(db, { account: ACCOUNT }, cursor, 5);
        if (parsed?.order === 'newest') expect(search()).toEqual({ items: [], next: null });
        else expect(search).toThrow(InvalidCursor);
      }),
      { numRuns: 500 },
    );
  });

  it('of one order is refused by the other', () => {
    const { db } = folded();
    const cursor = encodeCursor({ order: 'oldest', at: 1, id: 1n });
    expect(() => searchAudit(db, { account: ACCOUNT, order: 'newest' }, cursor, 5)).toThrow(InvalidCursor);
  });
});
