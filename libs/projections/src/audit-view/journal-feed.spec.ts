import { InMemoryAuditJournal, type RecordedEntry } from '@claviger/ports';
import { FakeClock } from '@claviger/testing';
import { JournalFeed } from './journal-feed.js';
import { entry, QuietLogger, until } from './spec-support.js';

/** A journal whose listener and head are moved by hand, and a worker that only counts. */
function setting() {
  const all: RecordedEntry[] = [];
  let head = 0;
  let listener: (entries: readonly RecordedEntry[]) => void = () => undefined;
  const journal = new InMemoryAuditJournal();
  jest.spyOn(journal, 'head').mockImplementation(() => head);
  const read = jest
    .spyOn(journal, 'read')
    .mockImplementation(async (after, count) => all.slice(after, Math.min(head, after + count)));
  jest.spyOn(journal, 'onDurable').mockImplementation((one) => {
    listener = one;
    return () => (listener = () => undefined);
  });
  const posted: number[] = [];
  const sizes: number[] = [];
  const outbox = {
    inFlight: 0,
    erasures: 0,
    postEntries: (entries: readonly RecordedEntry[], size: number) => {
      posted.push(...entries.map(({ sequence }) => sequence));
      sizes.push(size);
    },
    postEvents: () => undefined,
    room: () => Promise.resolve(),
  };
  const clock = new FakeClock();
  const feed = new JournalFeed({ journal, outbox, clock, logger: new QuietLogger(), mostInFlight: 1_000_000 });
  const write = (count: number): readonly RecordedEntry[] => {
    const added = Array.from({ length: count }, (_, i) => entry(all.length + i + 1));
    all.push(...added);
    return added;
  };
  const durable = (count: number): void => {
    const added = write(count);
    head = all.length;
    listener(added);
  };
  const lose = (count: number): void => {
    write(count);
    head = all.length;
  };
  return { feed, clock, outbox, posted, sizes, read, durable, lose };
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

describe('the feed of journal entries', () => {
  it('posts live entries together: after a moment, when there are many, or when somebody asks', async () => {
    const { feed, clock, posted, sizes, read, durable } = setting();
    feed.start(0);
    await Promise.resolve();
    durable(3);
    durable(2);
    expect(posted).toEqual([]);
    clock.advance(20);
    expect(posted).toEqual(upTo(5));
    durable(255);
    expect(posted).toHaveLength(5);
    durable(1);
    expect(posted).toHaveLength(261);
    durable(1);
    feed.flush();
    expect(posted).toEqual(upTo(262));
    expect(sizes).toHaveLength(3);
    expect(read).not.toHaveBeenCalled();
    expect(clock.timers).toBe(0);
  });

  it('reads back what it was not handed, found by the next entry or by somebody who asks', async () => {
    const { feed, posted, durable, lose } = setting();
    feed.start(0);
    await Promise.resolve();
    durable(2);
    lose(3);
    durable(1);
    await until(() => posted.length === 6);
    lose(2);
    feed.flush();
    await until(() => posted.length === 8);
    expect(posted).toEqual(upTo(8));
  });

  it('posts nothing live beyond its bound, and goes on live when there is room', async () => {
    const { feed, outbox, posted, read, durable } = setting();
    feed.start(0);
    await Promise.resolve();
    let release: () => void = () => undefined;
    outbox.room = () => new Promise((resolve) => (release = resolve));
    outbox.inFlight = 999_999;
    durable(300);
    durable(300);
    expect(posted).toEqual([]);
    outbox.inFlight = 0;
    outbox.room = () => Promise.resolve();
    release();
    await until(() => posted.length === 600);
    const reads = read.mock.calls.length;
    durable(2);
    feed.flush();
    expect(posted).toEqual(upTo(602));
    expect(read.mock.calls).toHaveLength(reads);
  });

  it('posts nothing once it is reset or stopped', async () => {
    const { feed, clock, posted, durable } = setting();
    feed.start(0);
    await Promise.resolve();
    durable(3);
    feed.reset();
    clock.advance(1_000);
    durable(3);
    feed.start(3);
    feed.stop();
    clock.advance(1_000);
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    expect(posted).toEqual([]);
    expect(clock.timers).toBe(0);
  });
});
