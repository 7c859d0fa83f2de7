import { NO_STREAM, WrongExpectedRevision, type EventRecord, type EventStore } from '../contract.js';
import { eachTest, event, events, failure, idsOf, plain, readToEnd, type MakeEventStore } from './harness.js';

const CALLERS = 64;

export function concurrencyConformance(make: MakeEventStore): void {
  describe('appends at the same time', () => {
    const test = eachTest(make);
    const callers = <T>(one: (caller: number) => Promise<T>): Promise<T[]> =>
      Promise.all(Array.from({ length: CALLERS }, (_, caller) => one(caller)));

    it('let exactly one of many win a revision, and tell the others where the stream is', async () => {
      const outcomes = await callers((caller) =>
        test.store.append('s', NO_STREAM, events(10 * caller, 2)).then(
          (result) => result.events,
          (error: unknown) => error,
        ),
      );
      const won = outcomes.filter((outcome): outcome is readonly EventRecord[] => Array.isArray(outcome));
      expect(won).toHaveLength(1);
      for (const outcome of outcomes.filter((one) => !Array.isArray(one))) {
        expect(outcome).toBeInstanceOf(WrongExpectedRevision);
        expect(outcome).toMatchObject({ expected: NO_STREAM, actual: 1 });
      }
      expect((await readToEnd(test.store)).map(plain)).toEqual(won[0]?.map(plain));
    });

    it('all come through when each goes to its own stream', async () => {
      const results = await callers((caller) => test.store.append(`s${caller}`, NO_STREAM, events(10 * caller, 3)));
      const read = await readToEnd(test.store);
      expect(read).toHaveLength(3 * CALLERS);
      for (const [caller, { events: stored }] of results.entries()) {
        expect((await test.store.readStream(`s${caller}`, 0, 10)).map(plain)).toEqual(stored.map(plain));
        // Events of one append stand together in the global order.
        const first = read.findIndex(({ stream }) => stream === `s${caller}`);
        expect(read.slice(first, first + 3).map(plain)).toEqual(stored.map(plain));
      }
    });

    it('reach one stream one after the other when each retries on conflict', async () => {
      await callers((caller) => persist(test.store, 's', caller));
      const stored = await test.store.readStream('s', 0, 1_000);
      expect(stored.map(({ revision }) => revision)).toEqual(Array.from({ length: CALLERS }, (_, i) => i));
      expect(new Set(idsOf(stored))).toEqual(new Set(idsOf(events(0, CALLERS))));
    });

    it('fail alone: a conflict among them does not take others along', async () => {
      await test.store.append('taken', NO_STREAM, [event(9_000)]);
      const outcomes = await callers((caller) =>
        caller % 2 === 0
          ? failure(test.store.append('taken', NO_STREAM, [event(caller)]))
          : test.store.append(`s${caller}`, NO_STREAM, [event(caller)]),
      );
      for (const [caller, outcome] of outcomes.entries()) {
        if (caller % 2 === 0) expect(outcome).toBeInstanceOf(WrongExpectedRevision);
        else expect(outcome).toMatchObject({ repeated: false });
      }
      expect(await readToEnd(test.store)).toHaveLength(1 + CALLERS / 2);
    });

    it('can chain in flight: each sees what those before it left', async () => {
      const results = await Promise.all(
        Array.from({ length: 10 }, (_, i) => test.store.append('s', i - 1, [event(i)])).map((one) =>
          one.then(
            () => 'stored',
            (error: unknown) => error,
          ),
        ),
      );
      // Whether a store, or a layer over one, takes them in one go is its own affair; none may be stored out of place.
      const stored = await test.store.readStream('s', 0, 100);
      expect(idsOf(stored)).toEqual(idsOf(events(0, stored.length)));
      expect(results.filter((result) => result === 'stored')).toHaveLength(stored.length);
    });

    it('grow the position with every event', async () => {
      await callers((caller) => test.store.append(`s${caller % 7}-${caller}`, NO_STREAM, events(10 * caller, 2)));
      const positions = (await readToEnd(test.store)).map(({ position }) => position);
      expect(positions.every((position, i) => i === 0 || position > (positions[i - 1] ?? 0n))).toBe(true);
      expect(await test.store.head()).toBe(positions.at(-1));
    });
  });
}

async function persist(store: EventStore, stream: string, caller: number): Promise<void> {
  let revision = NO_STREAM;
  for (let tries = 0; tries <= CALLERS; tries++) {
    try {
      await store.append(stream, revision, [event(caller)]);
      return;
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      revision = error.actual;
    }
  }
  throw new Error(`caller ${caller} lost more often than there are others`);
}
