import { NO_STREAM, START } from '../contract.js';
import { eachTest, event, events, failure, idsOf, plain, readToEnd, type MakeEventStore } from './harness.js';

export function readingConformance(make: MakeEventStore): void {
  describe('readStream', () => {
    const test = eachTest(make);

    it('returns nothing for a stream that does not exist, and past its end', async () => {
      expect(await test.store.readStream('s', 0, 10)).toEqual([]);
      await test.store.append('s', NO_STREAM, events(1, 3));
      expect(await test.store.readStream('s', 3, 10)).toEqual([]);
      expect(await test.store.readStream('s', 4, 10)).toEqual([]);
      expect(await test.store.readStream('t', 0, 10)).toEqual([]);
    });

    it('starts at the revision asked for and stops at the count asked for', async () => {
      await test.store.append('s', NO_STREAM, events(0, 50));
      await test.store.append('t', NO_STREAM, events(100, 50));
      await test.store.append('s', 49, events(50, 50));
      for (const [from, count] of [
        [0, 1],
        [0, 100],
        [0, 101],
        [7, 1],
        [49, 2],
        [99, 1],
        [99, 9],
        [42, 17],
      ] as const) {
        expect(idsOf(await test.store.readStream('s', from, count))).toEqual(
          idsOf(events(0, 100).slice(from, from + count)),
        );
      }
    });

    it.each([
      [-1, 1],
      [0.5, 1],
      [0, 0],
      [0, -1],
      [0, 1.5],
    ])('refuses revision %d and count %d', async (from, count) => {
      expect(await failure(test.store.readStream('s', from, count))).toBeInstanceOf(RangeError);
    });
  });

  describe('readAll', () => {
    const test = eachTest(make);
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 20; i++)
        await test.store.append(`${'abc'[i % 3]}-${i}`, NO_STREAM, events(10 * i, 1 + (i % 3)));
      await test.store.append('a-0', 0, events(900, 4));
    };

    it('is at the end of an empty store', async () => {
      expect(await test.store.readAll({ after: START, maxCount: 10 })).toEqual({
        events: [],
        next: START,
        atEnd: true,
      });
    });

    it('keeps the order in which appends were answered, over all streams', async () => {
      const stored = [];
      for (let i = 0; i < 9; i++) {
        const before = Math.floor(i / 3);
        stored.push(...(await test.store.append(`s${i % 3}`, before - 1, [event(i)])).events);
      }
      expect((await readToEnd(test.store)).map(plain)).toEqual(stored.map(plain));
    });

    it('gives the same events, without loss or repeat, whatever the size of the page', async () => {
      await fill();
      const all = (await readToEnd(test.store, 1_000)).map(plain);
      for (const size of [1, 2, 3, 7, all.length - 1, all.length, all.length + 1]) {
        expect((await readToEnd(test.store, size)).map(plain)).toEqual(all);
      }
    });

    it('starts behind `after`, never at it', async () => {
      await fill();
      const all = await readToEnd(test.store);
      for (const after of [START, ...all.map(({ position }) => position)]) {
        const page = await test.store.readAll({ after, maxCount: 1_000 });
        expect(idsOf(page.events)).toEqual(idsOf(all.filter(({ position }) => position > after)));
      }
    });

    it('says where to go on: behind the last event looked at, and not before `after`', async () => {
      await fill();
      const all = await readToEnd(test.store);
      const page = await test.store.readAll({ after: START, maxCount: 5 });
      expect(page).toMatchObject({ next: all[4]?.position, atEnd: false });
      const last = await test.store.readAll({ after: all[4]?.position ?? START, maxCount: 1_000 });
      expect(last).toMatchObject({ next: all.at(-1)?.position, atEnd: true });
      const nothing = await test.store.readAll({ after: last.next, maxCount: 10 });
      expect(nothing).toEqual({ events: [], next: last.next, atEnd: true });
      const beyond = await test.store.readAll({ after: last.next + 1_000n, maxCount: 10 });
      expect(beyond).toEqual({ events: [], next: last.next + 1_000n, atEnd: true });
    });

    it('is at the end when the last event is the last of a full page', async () => {
      await test.store.append('s', NO_STREAM, events(1, 4));
      expect(await test.store.readAll({ after: START, maxCount: 4 })).toMatchObject({ atEnd: true });
      expect(await test.store.readAll({ after: START, maxCount: 3 })).toMatchObject({ atEnd: false });
    });

    it('lets only streams of the given prefixes through', async () => {
      await fill();
      const all = await readToEnd(test.store);
      for (const prefixes of [['a-'], ['a-', 'c-'], ['a-0'], ['a', 'a-'], ['x'], ['A'], [], ['a-0', 'b-1', '']]) {
        const found = [];
        for (let after = START; ; ) {
          const page = await test.store.readAll({ after, maxCount: 4, streamPrefixes: prefixes });
          found.push(...page.events);
          if (page.atEnd) break;
          expect(page.next).toBeGreaterThan(after);
          after = page.next;
        }
        const matching = all.filter(({ stream }) => prefixes.some((prefix) => stream.startsWith(prefix)));
        expect(found.map(plain)).toEqual(matching.map(plain));
      }
    });

    it('takes prefixes literally', async () => {
      const names = ['a_b', 'axb', 'a%b', 'a*b', 'a[b]', 'ab', 'é', 'e'];
      for (const [i, name] of names.entries()) await test.store.append(name, NO_STREAM, [event(i)]);
      for (const [prefix, streams] of [
        ['a_', ['a_b']],
        ['a%', ['a%b']],
        ['a*', ['a*b']],
        ['a[', ['a[b]']],
        ['é', ['é']],
      ] as const) {
        const page = await test.store.readAll({ after: START, maxCount: 100, streamPrefixes: [prefix] });
        expect(page.events.map(({ stream }) => stream)).toEqual(streams);
      }
    });

    it('goes on past events that the filter keeps back', async () => {
      await test.store.append('other', NO_STREAM, events(1, 50));
      await test.store.append('mine', NO_STREAM, [event(100)]);
      await test.store.append('other', 49, events(51, 5));
      const first = await test.store.readAll({ after: START, maxCount: 10, streamPrefixes: ['mine'] });
      expect(first.next).toBeGreaterThan(START);
      let page = first;
      const found = [...page.events];
      while (!page.atEnd) {
        const before = page.next;
        page = await test.store.readAll({ after: before, maxCount: 10, streamPrefixes: ['mine'] });
        if (!page.atEnd) expect(page.next).toBeGreaterThan(before);
        found.push(...page.events);
      }
      expect(idsOf(found)).toEqual([event(100).id]);
      const end = await test.store.readAll({ after: page.next, maxCount: 10, streamPrefixes: ['mine'] });
      expect(end).toEqual({ events: [], next: page.next, atEnd: true });
    });

    it.each([0, -1, 1.5])('refuses a count of %d', async (maxCount) => {
      expect(await failure(test.store.readAll({ after: START, maxCount }))).toBeInstanceOf(RangeError);
    });
  });
}
