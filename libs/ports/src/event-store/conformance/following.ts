import { NO_STREAM, START, type EventRecord } from '../contract.js';
import {
  eachTest,
  event,
  events,
  idsOf,
  Listener,
  microtasks,
  plain,
  readToEnd,
  turn,
  type MakeEventStore,
} from './harness.js';

/** Points in the course of a subscription at which an append is made to land. */
const MOMENTS = 40;

export function followingConformance(make: MakeEventStore): void {
  describe('subscribe', () => {
    const test = eachTest(make);
    const append = (first: number, count: number, stream = `s${first}`) =>
      test.store.append(stream, NO_STREAM, events(first, count));

    it('catches up and then follows, each event once and in order', async () => {
      for (let i = 0; i < 30; i++) await append(100 * i, 1 + (i % 40));
      const listener = new Listener();
      listener.follow(test.store);
      const before = await readToEnd(test.store);
      await listener.count(before.length);
      for (let i = 30; i < 60; i++) await append(100 * i, 1 + (i % 3));
      const all = await readToEnd(test.store);
      await listener.count(all.length);
      expect(listener.received.map(plain)).toEqual(all.map(plain));
    });

    it('delivers an append that lands at any moment between catching up and following', async () => {
      await append(1, 3);
      for (let moment = 0; moment < MOMENTS; moment++) {
        const before = await test.store.head();
        const listener = new Listener();
        const subscription = listener.follow(test.store, before);
        await microtasks(moment);
        const appended = await append(1_000 + 10 * moment, 1);
        await listener.count(1);
        await subscription.stop();
        expect(idsOf(listener.received)).toEqual(idsOf(appended.events));
      }
    });

    it('delivers an append that lands at any moment while a batch is delivered', async () => {
      for (let moment = 0; moment < MOMENTS; moment++) {
        const listener = new Listener();
        let second: Promise<unknown> | undefined;
        const subscription = test.store.subscribe({
          after: await test.store.head(),
          onEvents: async (batch) => {
            await listener.onEvents(batch);
            second ??= microtasks(moment).then(() => append(5_001 + 10 * moment, 1));
          },
        });
        await append(5_000 + 10 * moment, 1, `first${moment}`);
        await listener.count(2);
        await second;
        await subscription.stop();
        expect(idsOf(listener.received)).toEqual(idsOf([event(5_000 + 10 * moment), event(5_001 + 10 * moment)]));
      }
    });

    it('keeps order while many append as it catches up', async () => {
      for (let i = 0; i < 20; i++) await append(10_000 + 100 * i, 60);
      const listener = new Listener();
      listener.follow(test.store);
      for (let round = 0; round < 20; round++) {
        await Promise.all(Array.from({ length: 8 }, (_, i) => append(20_000 + 1_000 * round + 10 * i, 1 + (i % 3))));
        if (round % 3 === 0) await turn();
      }
      const all = await readToEnd(test.store);
      await listener.count(all.length);
      expect(listener.received.map(plain)).toEqual(all.map(plain));
    });

    it('waits for the handler: batches never overlap, and nothing is lost meanwhile', async () => {
      await append(1, 700);
      let running = 0;
      let most = 0;
      const listener = new Listener();
      test.store.subscribe({
        after: START,
        onEvents: async (batch) => {
          running += 1;
          most = Math.max(most, running);
          for (let i = 0; i < 5; i++) await turn();
          running -= 1;
          await listener.onEvents(batch);
        },
      });
      for (let i = 0; i < 40; i++) {
        await append(10_000 + 10 * i, 2);
        await turn();
      }
      await listener.count(780);
      expect(most).toBe(1);
      expect(listener.received.map(plain)).toEqual((await readToEnd(test.store)).map(plain));
    });

    it('never calls the handler with an empty batch', async () => {
      const listener = new Listener();
      listener.follow(test.store, START, ['mine']);
      await append(1, 5, 'other');
      await append(10, 2, 'mine');
      await listener.count(2);
      expect(listener.batches.every((batch) => batch.length > 0)).toBe(true);
    });

    it('follows only streams of the given prefixes', async () => {
      await append(1, 5, 'a-1');
      await append(10, 5, 'b-1');
      const listener = new Listener();
      listener.follow(test.store, START, ['b-', 'c-']);
      await append(20, 1, 'a-2');
      await append(30, 2, 'c-1');
      await append(40, 1, 'b-2');
      await listener.count(8);
      const streams = listener.received.map(({ stream }) => stream);
      expect(streams).toEqual(['b-1', 'b-1', 'b-1', 'b-1', 'b-1', 'c-1', 'c-1', 'b-2']);
    });

    it('gets past any number of events that are not for it', async () => {
      await append(10_000, 1_000, 'other-1');
      await append(11_000, 1_000, 'other-2');
      await append(1, 1, 'mine');
      const listener = new Listener();
      listener.follow(test.store, START, ['mine']);
      await listener.count(1);
      expect(idsOf(listener.received)).toEqual([event(1).id]);
    });

    it('starts behind a checkpoint', async () => {
      await append(1, 10);
      const all = await readToEnd(test.store);
      for (const [i, { position }] of all.entries()) {
        if (i === all.length - 1) break;
        const listener = new Listener();
        const subscription = listener.follow(test.store, position);
        await listener.count(all.length - 1 - i);
        await subscription.stop();
        expect(idsOf(listener.received)).toEqual(idsOf(all.slice(i + 1)));
      }
    });

    it('loses and repeats nothing when it is resumed from each batch', async () => {
      const received: EventRecord[] = [];
      let after = START;
      for (let round = 0; round < 25; round++) {
        const listener = new Listener();
        const subscription = listener.follow(test.store, after);
        await append(100 * round, 1 + (round % 7));
        await listener.until(() => listener.received.length > 0, 'a batch had come');
        await subscription.stop();
        received.push(...listener.received);
        after = received.at(-1)?.position ?? after;
      }
      const rest = await test.store.readAll({ after, maxCount: 1_000 });
      expect([...received, ...rest.events].map(plain)).toEqual((await readToEnd(test.store)).map(plain));
    });

    it('serves several at their own pace', async () => {
      await append(1, 20);
      const [slow, fast] = [new Listener(), new Listener()];
      fast.follow(test.store);
      test.store.subscribe({
        after: START,
        onEvents: async (batch) =>
          turn()
            .then(turn)
            .then(() => slow.onEvents(batch)),
      });
      await append(100, 20);
      await Promise.all([slow.count(40), fast.count(40)]);
      expect(idsOf(slow.received)).toEqual(idsOf(fast.received));
    });
  });
}
