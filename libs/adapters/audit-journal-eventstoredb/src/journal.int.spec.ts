import { randomBytes } from 'node:crypto';
import { SystemClock } from '@claviger/platform';
import {
  type AuditJournal,
  type EventStore,
  InMemoryDetailKeys,
  InMemoryEventStore,
  MAX_EVENT_BYTES,
  type RecordedEntry,
} from '@claviger/ports';
import { auditJournalConformance } from '@claviger/ports/testing';
import {
  againstStandIn,
  failureOf,
  QUICK,
  StandInHarness,
  until,
} from '../../../../test/servers/eventstore/harness.js';
import { entry, journalKey } from '../../../../test/support/simulated-journal.js';
import { EventStoreAuditJournal } from './journal.js';
import type { EventStoreJournalOptions, JournalNotice } from './options.js';

const clock = new SystemClock();

jest.setTimeout(20_000);

function openOver(store: EventStore, over: Partial<EventStoreJournalOptions> = {}): Promise<EventStoreAuditJournal> {
  const detailKeys = new InMemoryDetailKeys(randomBytes);
  return EventStoreAuditJournal.open({ store, node: 'a', journalKey, detailKeys, random: randomBytes, clock, ...over });
}

auditJournalConformance('EventStoreAuditJournal in memory', () => openOver(new InMemoryEventStore()));

describe('against the stand-in', () => {
  let harness: StandInHarness;
  let count = 0;

  beforeAll(async () => {
    harness = await StandInHarness.start();
    againstStandIn('against the stand-in');
  });

  afterAll(() => harness.dispose());

  auditJournalConformance('EventStoreAuditJournal over EventStoreDB (stand-in)', () =>
    openOver(harness.open({ namespace: `journal-${count++}`, soleWriter: true })),
  );
});

describe('the journal on EventStoreDB', () => {
  let harness: StandInHarness;
  let store: EventStore;
  const detailKeys = new InMemoryDetailKeys(randomBytes);
  const notices: JournalNotice[] = [];
  const journals: AuditJournal[] = [];

  beforeAll(() => againstStandIn('the journal on EventStoreDB'));

  beforeEach(async () => {
    harness = await StandInHarness.start();
    store = harness.open({ soleWriter: true });
    notices.length = 0;
  });

  afterEach(async () => {
    harness.server.knobs.clear();
    await Promise.all(journals.splice(0).map((journal) => journal.close()));
    await harness.dispose();
  });

  const open = async (over: Partial<EventStoreJournalOptions> = {}): Promise<EventStoreAuditJournal> => {
    const notice = (one: JournalNotice): number => notices.push(one);
    const journal = await openOver(store, { detailKeys, notice, ...over });
    journals.push(journal);
    return journal;
  };
  const stream = () => harness.server.store.streams.of('test.audit-journal-a');
  const many = (journal: AuditJournal, n: number, first = 1) =>
    Promise.all(Array.from({ length: n }, (_, i) => journal.append(entry(first + i))));
  const texts = async (journal: AuditJournal): Promise<string[]> =>
    (await journal.read(0, 100_000)).map(({ open: text, detail }) => text + detail);
  const expected = (n: number) => Array.from({ length: n }, (_, i) => entry(i + 1).open + entry(i + 1).detail);

  it('appends one event for many calls, and as many as there are calls for lone ones', async () => {
    const journal = await open();
    for (let i = 1; i <= 5; i++) await journal.append(entry(i));
    expect(stream()).toHaveLength(5);
    await many(journal, 500, 6);
    expect(stream().length).toBeLessThanOrEqual(7);
    expect(await texts(journal)).toEqual(expected(505));
  });

  it('keeps each event below half a mebibyte, however large the entries', async () => {
    const journal = await open();
    const big = entry(1, { open: JSON.stringify('x'.repeat(16_000)), detail: JSON.stringify('€'.repeat(30_000)) });
    expect(await Promise.all(Array.from({ length: 12 }, () => journal.append(big)))).toHaveLength(12);
    const sizes = stream().map(({ data, metadata }) => data.length + metadata.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_EVENT_BYTES);
    expect(Math.max(...sizes)).toBeGreaterThan(MAX_EVENT_BYTES / 2);
    expect(await journal.read(0, 100)).toHaveLength(12);
  });

  it('goes on where it stood when it is opened again, with the same links, over hundreds of groups', async () => {
    const first = await open();
    for (let i = 1; i <= 150; i++) await first.append(entry(i));
    const links = await Promise.all([1, 64, 65, 100, 150].map((sequence) => first.link(sequence)));
    await first.close();
    const second = await open();
    expect(second.head()).toBe(150);
    expect(await Promise.all([1, 64, 65, 100, 150].map((sequence) => second.link(sequence)))).toEqual(links);
    expect(await second.append(entry(151))).toBe(151);
    expect(await texts(second)).toEqual(expected(151));
    for (const after of [0, 1, 63, 64, 100, 149]) {
      expect((await second.read(after, 3)).map(({ sequence }) => sequence)[0]).toBe(after + 1);
    }
  });

  it('fails its calls when the outcome is not known, adopts what was stored, and goes on by itself', async () => {
    const journal = await open();
    const announced: RecordedEntry[] = [];
    journal.onDurable((entries) => announced.push(...entries));
    await journal.append(entry(1));
    harness.server.knobs.arm('append', { kind: 'silence', when: 'after' });
    const failed = await Promise.all([2, 3].map((n) => failureOf(journal.append(entry(n)))));
    for (const error of failed) expect(error).toMatchObject({ name: 'JournalUnavailable' });
    expect(journal.writable()).toBe(false);
    expect(await failureOf(journal.append(entry(9)))).toMatchObject({ name: 'JournalUnavailable' });
    harness.server.knobs.clear();
    await until(() => journal.writable(), 'it could be written again');
    expect(await journal.append(entry(4))).toBe(4);
    expect(await texts(journal)).toEqual(expected(4));
    expect(announced.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect(notices.map(({ kind }) => kind)).toContain('adopted');
  });

  it('stores nothing of calls that failed because the store was away, and recovers without a call', async () => {
    const journal = await open();
    await journal.append(entry(1));
    harness.server.stop();
    expect(await failureOf(journal.append(entry(2)))).toMatchObject({ name: 'JournalUnavailable' });
    expect(journal.writable()).toBe(false);
    await harness.restart();
    await until(() => journal.writable(), 'it could be written again');
    expect(await journal.append(entry(2))).toBe(2);
    expect(await texts(journal)).toEqual(expected(2));
  });

  it('lets no call wait longer than its limit', async () => {
    const slow = harness.open({ timing: { ...QUICK, call: 60_000, retryFor: 1 } });
    const journal = await open({ store: slow, limits: { milliseconds: 100 } });
    harness.server.knobs.arm('append', { kind: 'silence', when: 'before' }, { times: 1 });
    expect(await failureOf(journal.append(entry(1)))).toMatchObject({ name: 'JournalOverloaded' });
    harness.server.stop(); // lets the append go
  });

  it('finds its place behind a group of its own that came in late', async () => {
    const journal = await open();
    await journal.append(entry(1));
    // Another process under the same name and key stands for a group that was given up and arrives afterwards.
    const late = await open();
    expect(await late.append(entry(2))).toBe(2);
    expect(await journal.append(entry(3))).toBe(3);
    expect(await texts(journal)).toEqual(expected(3));
  });

  it('is not written on when an older copy of the store has taken the place of its own', async () => {
    const journal = await open();
    await journal.append(entry(1));
    await journal.append(entry(2));
    await harness.server.store.setMetadata('test.audit-journal-a', { $tb: 9 });
    harness.server.knobs.arm('append', { kind: 'unavailable', when: 'before' });
    await failureOf(journal.append(entry(3)));
    harness.server.knobs.clear();
    await until(() => notices.filter(({ kind }) => kind === 'unwritable').length >= 3, 'it had looked again');
    expect(journal.writable()).toBe(false);
    expect(notices.at(-1)).toMatchObject({ error: { name: 'JournalDamaged' } });
  });

  it.each([
    ['another type', (data: string) => ({ type: 'Other', data })],
    [
      'a changed byte',
      (data: string) => ({ type: 'EntriesRecorded', data: data.replace(/.{8}","journal/, 'AAAAAAAA","journal') }),
    ],
    ['no group', () => ({ type: 'EntriesRecorded', data: '{}' })],
  ])('does not open on a last event with %s', async (_, change) => {
    const memory = new InMemoryEventStore();
    const journal = await openOver(memory, { detailKeys });
    await journal.append(entry(1));
    await journal.close();
    const [only] = await memory.readStream('audit-journal-a', 0, 1);
    const copy = new InMemoryEventStore();
    if (only !== undefined) await copy.append('audit-journal-a', -1, [{ ...only, ...change(only.data) }]);
    expect(await failureOf(openOver(copy, { detailKeys }))).toMatchObject({ name: 'JournalDamaged' });
  });
});
