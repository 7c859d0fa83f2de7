import { NO_STREAM, START } from '../contract.js';
import {
  eachTest,
  event,
  events,
  failure,
  idsOf,
  Listener,
  microtasks,
  plain,
  readToEnd,
  turn,
  type MakeEventStore,
} from './harness.js';

export function closingConformance(make: MakeEventStore): void {
  describe('a subscription ends', () => {
    const test = eachTest(make);
    const append = (first: number, count = 1) => test.store.append(`s${first}`, NO_STREAM, events(first, count));

    it('when it is stopped: nothing comes any more, and it says so once, without an error', async () => {
      const listener = new Listener();
      const subscription = listener.follow(test.store);
      await append(1);
      await listener.count(1);
      await subscription.stop();
      await subscription.stop();
      await append(2);
      for (let i = 0; i < 5; i++) await turn();
      expect(idsOf(listener.received)).toEqual([event(1).id]);
      expect(listener.stops).toEqual([undefined]);
    });

    it('only after the running batch, when it is stopped', async () => {
      await append(1);
      let finish = (): void => undefined;
      const finished = new Promise<void>((resolve) => (finish = resolve));
      const listener = new Listener();
      let ended = false;
      const subscription = test.store.subscribe({
        after: START,
        onEvents: async (batch) => {
          await listener.onEvents(batch);
          await finished;
          ended = true;
        },
        onStopped: (error) => {
          expect(ended).toBe(true);
          listener.onStopped(error);
        },
      });
      await listener.count(1);
      let stopped = false;
      const stopping = subscription.stop().then(() => (stopped = true));
      await append(2);
      for (let i = 0; i < 5; i++) await turn();
      expect(stopped).toBe(false);
      finish();
      await stopping;
      expect(ended).toBe(true);
      expect(idsOf(listener.received)).toEqual([event(1).id]);
      expect(listener.stops).toEqual([undefined]);
    });

    it('before its first batch, when it is stopped at once', async () => {
      await append(1);
      const listener = new Listener();
      await listener.follow(test.store).stop();
      for (let i = 0; i < 5; i++) await turn();
      expect(listener.received).toEqual([]);
      expect(listener.stops).toEqual([undefined]);
    });

    it('when its handler rejects, with that error; others and the store go on', async () => {
      const boom = new Error('boom');
      const [broken, sound] = [new Listener(), new Listener()];
      const subscription = test.store.subscribe({
        after: START,
        onEvents: async (batch) => {
          await broken.onEvents(batch);
          throw boom;
        },
        onStopped: broken.onStopped,
      });
      sound.follow(test.store);
      await append(1);
      await broken.until(() => broken.stops.length > 0, 'the subscription had stopped');
      await append(2);
      await sound.count(2);
      for (let i = 0; i < 5; i++) await turn();
      expect(broken.stops).toEqual([boom]);
      expect(idsOf(broken.received)).toEqual([event(1).id]);
      await subscription.stop();
      expect(broken.stops).toEqual([boom]);
    });
  });

  describe('close', () => {
    const test = eachTest(make);

    it('stops subscriptions after their running batch', async () => {
      await test.store.append('s', NO_STREAM, events(1, 3));
      const listener = new Listener();
      let ended = false;
      test.store.subscribe({
        after: START,
        onEvents: async (batch) => {
          await listener.onEvents(batch);
          for (let i = 0; i < 5; i++) await turn();
          ended = true;
        },
        onStopped: listener.onStopped,
      });
      await listener.count(3);
      await test.store.close();
      expect(ended).toBe(true);
      expect(listener.stops).toEqual([undefined]);
    });

    it('is idempotent, also at the same time', async () => {
      await Promise.all([test.store.close(), test.store.close()]);
      await test.store.close();
    });

    it('lets running appends come to their end', async () => {
      const appends = Array.from({ length: 50 }, (_, i) => test.store.append(`s${i}`, NO_STREAM, [event(i)]));
      const settled = Promise.allSettled(appends);
      await microtasks(20); // a layer over a store may look before it hands the append on
      await test.store.close();
      expect((await settled).map(({ status }) => status)).toEqual(appends.map(() => 'fulfilled'));
      if (test.harness.reopen === undefined) return;
      const again = await test.harness.reopen();
      expect(await readToEnd(again)).toHaveLength(50);
      await again.close();
    });

    it('refuses whatever comes after it', async () => {
      const { store } = test;
      await store.close();
      expect(await failure(store.append('s', NO_STREAM, [event(1)]))).toBeInstanceOf(Error);
      expect(await failure(store.readStream('s', 0, 1))).toBeInstanceOf(Error);
      expect(await failure(store.readAll({ after: START, maxCount: 1 }))).toBeInstanceOf(Error);
      expect(await failure(store.head())).toBeInstanceOf(Error);
      expect(() => new Listener().follow(store)).toThrow(Error);
    });

    it('leaves everything to the next store, where there is one', async () => {
      const { store, harness } = test;
      for (let i = 0; i < 10; i++) await store.append(`s${i}`, NO_STREAM, events(10 * i, 3));
      const before = (await readToEnd(store)).map(plain);
      const head = await store.head();
      await store.close();
      if (harness.reopen === undefined) return;
      const again = await harness.reopen();
      expect((await readToEnd(again)).map(plain)).toEqual(before);
      expect(await again.head()).toBe(head);
      expect((await again.append('s1', NO_STREAM, events(10, 3))).repeated).toBe(true);
      const { events: stored } = await again.append('s1', 2, [event(500)]);
      expect(stored[0]?.position).toBeGreaterThan(head);
      const listener = new Listener();
      listener.follow(again, head);
      await listener.count(1);
      expect(idsOf(listener.received)).toEqual([event(500).id]);
      await again.close();
    });
  });
}
