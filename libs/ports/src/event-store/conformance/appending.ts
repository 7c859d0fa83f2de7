import { MAX_BYTES_PER_APPEND, MAX_EVENTS_PER_APPEND } from '../batch.js';
import { NO_STREAM, START, WrongExpectedRevision, type EventStore } from '../contract.js';
import { eachTest, event, events, failure, idsOf, plain, readToEnd, said, type MakeEventStore } from './harness.js';

export function appendingConformance(make: MakeEventStore): void {
  describe('append', () => {
    const test = eachTest(make);
    const nothingStored = async (store: EventStore): Promise<void> => {
      expect(await store.readStream('s', 0, 10)).toEqual([]);
      expect(await store.head()).toBe(START);
    };

    it('counts revisions from 0 and returns what it stored', async () => {
      const { events: stored, repeated } = await test.store.append('s', NO_STREAM, events(1, 3));
      expect(repeated).toBe(false);
      expect(stored.map(said)).toEqual(events(1, 3).map(said));
      expect(stored.map(({ stream, revision }) => [stream, revision])).toEqual([
        ['s', 0],
        ['s', 1],
        ['s', 2],
      ]);
      expect(await test.store.readStream('s', 0, 10).then((read) => read.map(plain))).toEqual(stored.map(plain));
    });

    it('goes on after the expected revision', async () => {
      await test.store.append('s', NO_STREAM, events(1, 2));
      const { events: stored } = await test.store.append('s', 1, events(3, 2));
      expect(stored.map(({ revision }) => revision)).toEqual([2, 3]);
    });

    it.each([
      ['a new stream is expected and it exists', NO_STREAM, 1],
      ['the stream is further on', 0, 1],
      ['the stream is not as far', 2, 1],
      ['the stream is far from it', 1_000_000, 1],
    ])('refuses and names the actual revision when %s', async (_, expected, actual) => {
      await test.store.append('s', NO_STREAM, events(1, 2));
      const error = await failure(test.store.append('s', expected, [event(9)]));
      expect(error).toBeInstanceOf(WrongExpectedRevision);
      expect(error).toMatchObject({ stream: 's', expected, actual });
      expect(idsOf(await readToEnd(test.store))).toEqual(idsOf(events(1, 2)));
    });

    it('refuses a stream that does not exist when a revision is expected', async () => {
      const error = await failure(test.store.append('s', 0, [event(1)]));
      expect(error).toBeInstanceOf(WrongExpectedRevision);
      expect(error).toMatchObject({ expected: 0, actual: NO_STREAM });
      await nothingStored(test.store);
    });

    it('keeps streams apart whose names differ little', async () => {
      const names = [
        's',
        'S',
        's ',
        's-',
        's-1',
        'ß',
        'é',
        'e\u0301',
        '😀',
        '%',
        '_',
        '*',
        "'",
        '"',
        '$all',
        '../s',
        'a/b',
      ];
      for (const [i, name] of names.entries()) await test.store.append(name, NO_STREAM, [event(i)]);
      for (const [i, name] of names.entries()) {
        expect((await test.store.readStream(name, 0, 10)).map(({ stream, id }) => [stream, id])).toEqual([
          [name, event(i).id],
        ]);
      }
    });

    it('stores texts byte for byte', async () => {
      const texts = ['', '{}', '{"b":1,"a":2}', ' { } ', '"\\u0000"', 'ä€😀\u202e\u2028', '1e400', 'x'.repeat(100_000)];
      const sent = texts.map((text, i) =>
        event(i, { data: text, metadata: `${text}·`, type: `Type${i}·é`, schemaVersion: i + 1 }),
      );
      await test.store.append('s', NO_STREAM, sent);
      expect((await test.store.readStream('s', 0, 100)).map(said)).toEqual(sent.map(said));
      expect((await readToEnd(test.store)).map(said)).toEqual(sent.map(said));
    });

    it('takes an append of the greatest allowed size and number', async () => {
      const big = event(1, { data: 'x'.repeat(MAX_BYTES_PER_APPEND - 1_000) });
      await test.store.append('big', NO_STREAM, [big]);
      await test.store.append('many', NO_STREAM, events(10, MAX_EVENTS_PER_APPEND));
      expect((await test.store.readStream('big', 0, 1)).map(said)).toEqual([said(big)]);
      expect(idsOf(await test.store.readStream('many', 0, 2_000))).toEqual(idsOf(events(10, MAX_EVENTS_PER_APPEND)));
    });

    it.each([
      ['no event', 's', NO_STREAM, []],
      ['too many events', 's', NO_STREAM, events(1, MAX_EVENTS_PER_APPEND + 1)],
      ['one event that is too big', 's', NO_STREAM, [event(1), event(2, { data: 'x'.repeat(MAX_BYTES_PER_APPEND) })]],
      ['bytes counted in characters', 's', NO_STREAM, [event(1, { data: '€'.repeat(MAX_BYTES_PER_APPEND / 2) })]],
      [
        'many events that are too big together',
        's',
        NO_STREAM,
        events(1, 11).map((one) => ({ ...one, data: 'x'.repeat(99_000) })),
      ],
      ['two events of one id', 's', NO_STREAM, [event(1), event(2), event(1)]],
      ['an id that is no UUID', 's', NO_STREAM, [event(1, { id: 'one' })]],
      ['an id in upper case', 's', NO_STREAM, [event(1, { id: '5F1C0000-0000-5000-8000-00000000000A' })]],
      ['an empty stream name', '', NO_STREAM, [event(1)]],
      ['a lone surrogate in the name', 's\ud800', NO_STREAM, [event(1)]],
      ['a lone surrogate in a text', 's', NO_STREAM, [event(1), event(2, { data: '"\udc00"' })]],
      ['NUL in a text', 's', NO_STREAM, [event(1, { metadata: '\0' })]],
      ['an empty type', 's', NO_STREAM, [event(1, { type: '' })]],
      ['schema version 0', 's', NO_STREAM, [event(1, { schemaVersion: 0 })]],
      ['half a revision', 's', 0.5, [event(1)]],
      ['a revision below none', 's', -2, [event(1)]],
    ])('refuses %s with a RangeError and stores nothing', async (_, stream, expected, list) => {
      expect(await failure(test.store.append(stream, expected, list))).toBeInstanceOf(RangeError);
      await nothingStored(test.store);
    });

    it('names the same head as the last event it returned', async () => {
      expect(await test.store.head()).toBe(START);
      for (let i = 0; i < 5; i++) {
        const { events: stored } = await test.store.append(`s${i}`, NO_STREAM, events(10 * i, 3));
        expect(await test.store.head()).toBe(stored.at(-1)?.position);
      }
    });

    it('is not touched by what the caller does with its event, or with a record, afterwards', async () => {
      const mine = { ...event(1), mac: new Uint8Array(32).fill(7) };
      const { events: stored } = await test.store.append('s', NO_STREAM, [mine]);
      const before = stored.map(plain);
      mine.data = 'changed';
      mine.mac.fill(0);
      expect(stored.map(plain)).toEqual(before);
      stored[0]?.mac.fill(1);
      (await test.store.readStream('s', 0, 1))[0]?.mac.fill(2);
      expect((await test.store.readStream('s', 0, 1)).map(plain)).toEqual(before);
    });
  });
}
