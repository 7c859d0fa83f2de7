import { HmacSha256 } from '@claviger/crypto';
import { AuthenticatedEventStore } from './authenticated.js';
import { eventStoreConformance } from './conformance.js';
import { event, events, failure, idsOf, Listener, readToEnd, said } from './conformance/harness.js';
import { EventIntegrityError, NO_STREAM, START, WrongExpectedRevision, type EventRecord } from './contract.js';
import { EditedEventStore } from './conformance/edited-store.js';
import { InMemoryEventStore } from './in-memory.js';
import { StreamHeads } from './stream-heads.js';

const key = () => new HmacSha256(new Uint8Array(32).fill(1));
const damaged = (list: readonly EventRecord[]): string[] =>
  list.filter((one) => one.damaged === true).map(({ stream, revision }) => `${stream}@${revision}`);

eventStoreConformance('authenticated, over memory', async () => ({
  store: new AuthenticatedEventStore(new InMemoryEventStore(), key()),
  dispose: async () => undefined,
}));

/** Five events on `a` and on `b`, in turns; nothing of them is remembered by `store`. */
async function written(): Promise<{ inner: EditedEventStore; store: AuthenticatedEventStore }> {
  const inner = new EditedEventStore();
  const writer = new AuthenticatedEventStore(inner, key());
  for (let i = 0; i < 5; i++) {
    await writer.append('a', i - 1, [event(10 + i)]);
    await writer.append('b', i - 1, [event(20 + i)]);
  }
  return { inner, store: new AuthenticatedEventStore(inner, key()) };
}

const at = (stream: string, revision: number) => (one: EventRecord) =>
  one.stream === stream && one.revision === revision;
const changed = (stream: string, revision: number, change: Partial<EventRecord>) => (log: EventRecord[]) =>
  log.map((one) => (at(stream, revision)(one) ? { ...one, ...change } : one));

/** What somebody did to the database, and the first event of `a` that cannot be right any more. */
const edits: [what: string, edit: (log: EventRecord[]) => EventRecord[], revision: number][] = [
  ['its data', changed('a', 2, { data: '{"n":13}' }), 2],
  ['its metadata', changed('a', 2, { metadata: '{"m":0}' }), 2],
  ['its type', changed('a', 2, { type: 'Enabled' }), 2],
  ['its schema version', changed('a', 2, { schemaVersion: 2 }), 2],
  ['its id', changed('a', 2, { id: event(99).id }), 2],
  ['its MAC', changed('a', 2, { mac: new Uint8Array(32) }), 2],
  ['its MAC to nothing', changed('a', 2, { mac: new Uint8Array(0) }), 2],
  ['the border between two of its texts', changed('a', 2, { type: 'Happened{', data: '"n":12}' }), 2],
  ['its first event', changed('a', 0, { data: '{}' }), 0],
  ['its last event', changed('a', 4, { data: '{}' }), 4],
  ['by taking an event out', (log) => log.filter((one) => !at('a', 2)(one)), 2],
  ['by taking its first event out', (log) => log.filter((one) => !at('a', 0)(one)), 0],
  [
    'by taking an event out and closing the gap',
    (log) =>
      log
        .filter((one) => !at('a', 2)(one))
        .map((one) => (one.stream === 'a' && one.revision > 2 ? { ...one, revision: one.revision - 1 } : one)),
    2,
  ],
  [
    'by swapping two of its events',
    (log) => log.map((one) => (one.stream === 'a' && one.revision > 2 ? { ...one, revision: 7 - one.revision } : one)),
    3,
  ],
  [
    "by putting another stream's event in its place",
    (log) => {
      const other = log.find(at('b', 2));
      return log.map((one) => (at('a', 2)(one) && other ? { ...other, stream: 'a', position: one.position } : one));
    },
    2,
  ],
  [
    'by repeating an event at its end',
    (log) => {
      const one = log.find(at('a', 4));
      return one ? [...log, { ...one, revision: 5, position: one.position + 100n }] : log;
    },
    5,
  ],
];

describe('AuthenticatedEventStore', () => {
  it('gives every event a MAC of its own, over the texts that are stored', async () => {
    const { inner, store } = await written();
    const all = await readToEnd(store);
    expect(damaged(all)).toEqual([]);
    expect(new Set(all.map(({ mac }) => Buffer.from(mac).toString('hex'))).size).toBe(10);
    expect(all.every(({ mac }) => mac.length === 32)).toBe(true);
    const other = new AuthenticatedEventStore(inner, new HmacSha256(new Uint8Array(32).fill(2)));
    expect(damaged(await readToEnd(other))).toHaveLength(10);
  });

  describe.each(edits)('when somebody changed a stream: %s', (_, edit, revision) => {
    it('readStream throws and names stream and revision', async () => {
      const { inner, store } = await written();
      inner.edit(edit);
      const error = await failure(store.readStream('a', 0, 100));
      expect(error).toBeInstanceOf(EventIntegrityError);
      expect(error).toMatchObject({ stream: 'a', revision });
      expect((await store.readStream('b', 0, 100)).map(said)).toEqual(events(20, 5).map(said));
    });

    it('readStream from every later start throws or returns what was written', async () => {
      for (let from = 0; from < 6; from++) {
        for (const count of [1, 2, 100]) {
          const { inner, store } = await written();
          inner.edit(edit);
          const read = await store.readStream('a', from, count).catch((error: unknown) => error);
          if (!Array.isArray(read)) expect(read).toBeInstanceOf(EventIntegrityError);
          else expect(idsOf(read)).toEqual(idsOf(events(10, 5).slice(from, from + read.length)));
        }
      }
    });

    it.each([1, 2, 3, 100])(
      'readAll in pages of %d marks the stream, leaves the other alone and goes on',
      async (size) => {
        const { inner, store } = await written();
        inner.edit(edit);
        const all = await readToEnd(store, size);
        expect(all).toHaveLength((await readToEnd(inner)).length);
        const marked = damaged(all);
        expect(marked.length).toBeGreaterThan(0);
        expect(marked.every((one) => one.startsWith('a@'))).toBe(true);
      },
    );

    it('subscribe marks the same events as readAll', async () => {
      const { inner, store } = await written();
      inner.edit(edit);
      const all = await readToEnd(store);
      const listener = new Listener();
      const subscription = listener.follow(store);
      await listener.count(all.length);
      expect(damaged(listener.received)).toEqual(damaged(all));
      await subscription.stop();
    });

    it('whoever follows is told, though this store wrote the events itself', async () => {
      const inner = new EditedEventStore();
      const store = new AuthenticatedEventStore(inner, key());
      await store.append('a', NO_STREAM, events(10, 5));
      await store.append('b', NO_STREAM, events(20, 5));
      inner.edit(edit);
      expect(damaged(await readToEnd(store, 3)).length).toBeGreaterThan(0);
    });
  });

  it('marks a stream whose events were moved in the global order', async () => {
    const { inner, store } = await written();
    inner.edit((log) => {
      const [two, three] = [log.find(at('a', 2))?.position ?? 0n, log.find(at('a', 3))?.position ?? 0n];
      return log.map((one) =>
        at('a', 2)(one) ? { ...one, position: three } : at('a', 3)(one) ? { ...one, position: two } : one,
      );
    });
    for (const size of [1, 2, 100]) expect(damaged(await readToEnd(store, size))).toContain('a@3');
    // Also for a reader that starts in between.
    const after = (await readToEnd(inner)).find(at('b', 1))?.position ?? START;
    expect(damaged((await store.readAll({ after, maxCount: 100 })).events)).toContain('a@3');
  });

  it('marks a stream when the event that comes next was moved back behind its reader', async () => {
    const { inner, store } = await written();
    const first = await store.readAll({ after: START, maxCount: 4 });
    inner.edit((log) => changed('a', 2, { position: (log[0]?.position ?? START) + 1n })(log));
    expect(damaged((await store.readAll({ after: first.next, maxCount: 100 })).events)).toEqual(['a@3']);
  });

  it('throws when the event before the first one asked for was taken out', async () => {
    const { inner, store } = await written();
    inner.edit((log) => log.filter((one) => !at('a', 3)(one)));
    expect(await failure(store.readStream('a', 4, 10))).toMatchObject({ name: 'EventIntegrityError', revision: 3 });
  });

  it('verifies what lies behind a checkpoint, however many readers come and go', async () => {
    const { store } = await written();
    const all = await readToEnd(store);
    for (const { position } of all) {
      for (const maxCount of [1, 3, 100]) {
        const pages = await Promise.all([1, 2].map(() => store.readAll({ after: position, maxCount })));
        for (const page of pages) expect(damaged(page.events)).toEqual([]);
      }
      expect(damaged((await store.readAll({ after: position, maxCount: 2 })).events)).toEqual([]);
    }
  });

  it('throws when the stored events of a repeated append were changed', async () => {
    const { inner, store } = await written();
    inner.edit(changed('a', 3, { data: '{}' }));
    const repeat = (from: number, count: number) => store.append('a', from - 1, events(10 + from, count));
    await expect(repeat(1, 2)).resolves.toMatchObject({ repeated: true });
    expect(await failure(repeat(2, 2))).toMatchObject({ name: 'EventIntegrityError', stream: 'a', revision: 3 });
  });

  it('chains to what the store confirmed when two appends race and the one sent first loses', async () => {
    const inner = new EditedEventStore();
    const store = new AuthenticatedEventStore(inner, key());
    await store.append('a', NO_STREAM, [event(1)]);
    inner.reverseNext(2);
    const [first, second] = await Promise.allSettled([
      store.append('a', 0, [event(2)]),
      store.append('a', 0, [event(3)]),
    ]);
    expect(first).toMatchObject({ status: 'rejected', reason: { name: 'WrongExpectedRevision', actual: 1 } });
    expect(second.status).toBe('fulfilled');
    await store.append('a', 1, [event(4)]);
    expect(idsOf(await new AuthenticatedEventStore(inner, key()).readStream('a', 0, 10))).toEqual(
      idsOf([event(1), event(3), event(4)]),
    );
  });

  it('does not remember an append that failed', async () => {
    const inner = new EditedEventStore();
    const store = new AuthenticatedEventStore(inner, key());
    await store.append('a', NO_STREAM, [event(1)]);
    inner.failNext(new Error('disk'));
    await expect(store.append('a', 0, [event(2)])).rejects.toThrow('disk');
    await store.append('a', 0, [event(3)]);
    await store.append('a', 1, [event(4)]);
    expect(await new AuthenticatedEventStore(inner, key()).readStream('a', 0, 10)).toHaveLength(3);
  });

  it('chains to what another node appended in place of its own failed append', async () => {
    const inner = new EditedEventStore();
    const [one, other] = [new AuthenticatedEventStore(inner, key()), new AuthenticatedEventStore(inner, key())];
    await one.append('a', NO_STREAM, [event(1)]);
    inner.failNext(new Error('disk'));
    await expect(one.append('a', 0, [event(2)])).rejects.toThrow('disk');
    await other.append('a', 0, [event(3)]);
    await one.append('a', 1, [event(4)]);
    expect(await other.readStream('a', 0, 10)).toHaveLength(3);
  });

  it.each([5, 6, 7, 1000])(
    'names the true revision when revision %d is expected and 4 is the last',
    async (expected) => {
      const { store } = await written();
      const error = await failure(store.append('a', expected, [event(99)]));
      expect(error).toBeInstanceOf(WrongExpectedRevision);
      expect(error).toMatchObject({ expected, actual: 4 });
    },
  );

  it('asks the store for no predecessor that the heads of a read model know', async () => {
    const { inner } = await written();
    const heads = new StreamHeads(key());
    const all = await readToEnd(inner);
    for (const one of all.slice(0, 8)) heads.apply(one);
    const store = new AuthenticatedEventStore(inner, key(), { previousMac: (s, revision) => heads.macAt(s, revision) });
    const reads = inner.streamReads;
    const page = await store.readAll({ after: all[7]?.position ?? START, maxCount: 100 });
    expect(damaged(page.events)).toEqual([]);
    await store.append('b', 4, [event(99)]);
    expect(inner.streamReads - reads).toBe(1);
  });

  it('notices that a tail was cut and written anew when the heads of a read model know better', async () => {
    const { inner } = await written();
    const heads = new StreamHeads(key());
    for (const one of await readToEnd(inner)) heads.apply(one);
    // Events 3 and 4 of `a` come back with the bytes of an earlier life that had the same key.
    const twin = await written();
    const other = new AuthenticatedEventStore(twin.inner, key());
    twin.inner.edit((log) => log.filter((one) => !(one.stream === 'a' && one.revision > 2)));
    await other.append('a', 2, [event(50)]);
    await other.append('a', 3, [event(51)]);
    inner.edit(() => []);
    for (const one of await readToEnd(twin.inner)) inner.put(one);
    const store = new AuthenticatedEventStore(inner, key(), { previousMac: (s, revision) => heads.macAt(s, revision) });
    await store.append('a', 4, [event(52)]);
    expect(await failure(new AuthenticatedEventStore(inner, key()).readStream('a', 0, 10))).toMatchObject({
      revision: 5,
    });
  });
});

describe('streams of nodes, of which old events may be gone', () => {
  /** Three heartbeats, the first two of them removed as the store does that keeps one. */
  async function kept(change: (log: EventRecord[]) => EventRecord[] = (log) => log) {
    const inner = new EditedEventStore();
    const writer = new AuthenticatedEventStore(inner, key());
    for (let i = 0; i < 3; i++) await writer.append('heartbeat-a', i - 1, [event(10 + i)]);
    inner.edit((log) => change(log.filter(({ revision }) => revision === 2)));
    return { inner, store: new AuthenticatedEventStore(inner, key()) };
  }

  it('verify without their predecessors, in the global order and by themselves', async () => {
    const { store } = await kept();
    const { events: all } = await store.readAll({ after: START, maxCount: 10 });
    expect([idsOf(all), damaged(all)]).toEqual([idsOf([event(12)]), []]);
    expect(idsOf(await store.readStream('heartbeat-a', 2, 10))).toEqual(idsOf([event(12)]));
  });

  it('are written on behind an event that this node has never seen', async () => {
    const { store } = await kept();
    const { events: stored } = await store.append('heartbeat-a', 2, [event(13)]);
    expect(stored.map(({ revision }) => revision)).toEqual([3]);
  });

  it.each([
    ['edited', (one: EventRecord) => ({ ...one, data: '{"x":1}' })],
    ['moved to another revision', (one: EventRecord) => ({ ...one, revision: 7 })],
    ['moved to another stream', (one: EventRecord) => ({ ...one, stream: 'heartbeat-b' })],
    ['stripped of its MAC', (one: EventRecord) => ({ ...one, mac: new Uint8Array() })],
  ])('are damaged when one was %s', async (_, change) => {
    const { store } = await kept((log) => log.map(change));
    expect(damaged((await store.readAll({ after: START, maxCount: 10 })).events)).toHaveLength(1);
  });

  it('do not verify in place of a chained event without predecessor, nor the other way round', async () => {
    const { store } = await kept((log) => log.map((one) => ({ ...one, stream: 'key-a' })));
    expect(damaged((await store.readAll({ after: START, maxCount: 10 })).events)).toHaveLength(1);
  });
});
