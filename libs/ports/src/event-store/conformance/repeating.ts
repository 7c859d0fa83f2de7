import { NO_STREAM, WrongExpectedRevision } from '../contract.js';
import { eachTest, event, events, failure, plain, readToEnd, type MakeEventStore } from './harness.js';

/** An append whose answer was lost is sent again; it must not be stored twice, nor mistaken for a conflict. */
export function repeatingConformance(make: MakeEventStore): void {
  describe('a repeated append', () => {
    const test = eachTest(make);

    it('returns the stored events when the same ids stand right after the expected revision', async () => {
      await test.store.append('s', NO_STREAM, events(1, 2));
      const first = await test.store.append('s', 1, events(3, 3));
      const again = await test.store.append('s', 1, events(3, 3));
      expect(again.repeated).toBe(true);
      expect(again.events.map(plain)).toEqual(first.events.map(plain));
      expect(await readToEnd(test.store)).toHaveLength(5);
    });

    it('is recognised after others have appended further events', async () => {
      const first = await test.store.append('s', NO_STREAM, events(1, 2));
      await test.store.append('s', 1, events(3, 300));
      const again = await test.store.append('s', NO_STREAM, events(1, 2));
      expect(again).toMatchObject({ repeated: true });
      expect(again.events.map(plain)).toEqual(first.events.map(plain));
    });

    it("returns the store's copy, whatever the caller's now says", async () => {
      const first = await test.store.append('s', NO_STREAM, [event(1)]);
      const changed = event(1, {
        type: 'Other',
        schemaVersion: 2,
        data: '{"n":2}',
        metadata: '{}',
        mac: new Uint8Array(32),
      });
      const again = await test.store.append('s', NO_STREAM, [changed]);
      expect(again.repeated).toBe(true);
      expect(again.events.map(plain)).toEqual(first.events.map(plain));
    });

    it('may be the first events of a longer append', async () => {
      await test.store.append('s', NO_STREAM, events(1, 3));
      const again = await test.store.append('s', NO_STREAM, events(1, 2));
      expect(again.repeated).toBe(true);
      expect(again.events.map(({ revision }) => revision)).toEqual([0, 1]);
    });

    it.each([
      ['only some of its ids are stored', NO_STREAM, [event(1), event(9)]],
      ['it goes on past the end of the stream', NO_STREAM, events(1, 4)],
      ['its ids are stored in another order', NO_STREAM, [event(2), event(1), event(3)]],
      ['its ids are stored at another revision', NO_STREAM, events(2, 2)],
      ['its ids are stored before the expected revision', 1, [event(1)]],
      ['its ids start one later than they stand', 0, [event(3)]],
      ['its first id is new', NO_STREAM, [event(9), event(2)]],
    ])('is a conflict when %s', async (_, expected, list) => {
      await test.store.append('s', NO_STREAM, events(1, 3));
      const error = await failure(test.store.append('s', expected, list));
      expect(error).toBeInstanceOf(WrongExpectedRevision);
      expect(error).toMatchObject({ expected, actual: 2 });
      expect(await readToEnd(test.store)).toHaveLength(3);
    });

    it('is stored again when it names the revision that is now the last', async () => {
      await test.store.append('s', NO_STREAM, [event(1)]);
      // Ids are no key of the store: what is right at the end is appended.
      expect(await test.store.append('s', 0, [event(1)])).toMatchObject({ repeated: false });
    });

    it('is not recognised by the events of another stream', async () => {
      await test.store.append('s', NO_STREAM, events(1, 2));
      expect(await test.store.append('t', NO_STREAM, events(1, 2))).toMatchObject({ repeated: false });
    });

    it('is stored once when it arrives many times at the same moment', async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => test.store.append('s', NO_STREAM, events(1, 3))),
      );
      expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
      for (const answer of answers) expect(answer.events.map(plain)).toEqual(answers[0]?.events.map(plain));
      expect(await readToEnd(test.store)).toHaveLength(3);
    });
  });
}
