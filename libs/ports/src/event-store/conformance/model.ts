import fc from 'fast-check';
import {
  NO_STREAM,
  START,
  WrongExpectedRevision,
  type EventRecord,
  type EventStore,
  type NewEvent,
} from '../contract.js';
import { event, idsOf, plain, readToEnd, said, type EventStoreHarness, type MakeEventStore } from './harness.js';

const STREAMS = ['key-a', 'key-ab', 'alias-ä', 'uses-1'];
const PREFIXES = [['key-a'], ['key-', 'uses-'], ['alias-'], ['none']];

/** The whole store as a plain array. */
interface Model {
  readonly log: (NewEvent & { stream: string; revision: number })[];
}

interface Real extends EventStoreHarness {
  store: EventStore;
}

const of = (model: Model, stream: string) => model.log.filter((one) => one.stream === stream);

class Append implements fc.AsyncCommand<Model, Real> {
  constructor(
    readonly stream: string,
    /** Added to the true revision. */
    readonly off: number,
    readonly list: readonly NewEvent[],
  ) {}

  check = (): boolean => true;

  async run(model: Model, { store }: Real): Promise<void> {
    const there = of(model, this.stream);
    const expected = Math.max(NO_STREAM, there.length - 1 + this.off);
    const follow = there.slice(expected + 1, expected + 1 + this.list.length);
    const outcome = await store.append(this.stream, expected, this.list).catch((error: unknown) => error);
    if (expected === there.length - 1) {
      this.list.forEach((one, i) => model.log.push({ ...one, stream: this.stream, revision: expected + 1 + i }));
      expect(outcome).toMatchObject({ repeated: false, events: this.list.map(said) });
    } else if (expected < there.length - 1 && idsOf(follow).join() === idsOf(this.list).join()) {
      expect(outcome).toMatchObject({ repeated: true, events: follow.map(said) });
    } else {
      expect(outcome).toBeInstanceOf(WrongExpectedRevision);
      expect(outcome).toMatchObject({ stream: this.stream, expected, actual: there.length - 1 });
    }
  }

  toString = (): string =>
    `append(${this.stream}, ${this.off}, ${idsOf(this.list)
      .map((id) => id.slice(-4))
      .join()})`;
}

class ReadStream implements fc.AsyncCommand<Model, Real> {
  constructor(
    readonly stream: string,
    readonly from: number,
    readonly count: number,
  ) {}

  check = (): boolean => true;

  async run(model: Model, { store }: Real): Promise<void> {
    const read = await store.readStream(this.stream, this.from, this.count);
    const expected = of(model, this.stream).slice(this.from, this.from + this.count);
    expect(read.map(said)).toEqual(expected.map(said));
    expect(read.map(({ revision }) => revision)).toEqual(expected.map(({ revision }) => revision));
  }

  toString = (): string => `readStream(${this.stream}, ${this.from}, ${this.count})`;
}

class ReadAll implements fc.AsyncCommand<Model, Real> {
  constructor(
    readonly pageSize: number,
    readonly prefixes: readonly string[] | undefined,
  ) {}

  check = (): boolean => true;

  async run(model: Model, { store }: Real): Promise<void> {
    const read: EventRecord[] = [];
    for (let after = START; ; ) {
      const page = await store.readAll({ after, maxCount: this.pageSize, streamPrefixes: this.prefixes });
      read.push(...page.events);
      expect(page.next).toBeGreaterThanOrEqual(page.events.at(-1)?.position ?? after);
      if (page.atEnd) break;
      expect(page.next).toBeGreaterThan(after);
      after = page.next;
    }
    const { prefixes } = this;
    const expected = model.log.filter(
      ({ stream }) => prefixes === undefined || prefixes.some((p) => stream.startsWith(p)),
    );
    expect(read.map(said)).toEqual(expected.map(said));
    expect(read.map(({ stream, revision }) => [stream, revision])).toEqual(
      expected.map(({ stream, revision }) => [stream, revision]),
    );
  }

  toString = (): string => `readAll(${this.pageSize}, ${String(this.prefixes)})`;
}

class Reopen implements fc.AsyncCommand<Model, Real> {
  check = (): boolean => true;

  async run(model: Model, real: Real): Promise<void> {
    const before = (await readToEnd(real.store)).map(plain);
    if (real.reopen !== undefined) {
      await real.store.close();
      real.store = await real.reopen();
    }
    expect((await readToEnd(real.store)).map(plain)).toEqual(before);
    expect(before).toHaveLength(model.log.length);
  }

  toString = (): string => 'reopen';
}

/** Few ids, so that repeats and half repeats are frequent; each once in a batch. */
const batch = fc
  .uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 })
  .chain((ns) =>
    fc
      .string({ unit: 'grapheme', maxLength: 5 })
      .map((data) => ns.map((n) => event(n, { data: JSON.stringify(data) }))),
  );
const stream = fc.constantFrom(...STREAMS);

const commands = [
  fc.tuple(stream, fc.constantFrom(0, 0, 0, -1, -2, -3, 1), batch).map(([s, off, list]) => new Append(s, off, list)),
  fc.tuple(stream, fc.nat(6), fc.integer({ min: 1, max: 6 })).map(([s, from, count]) => new ReadStream(s, from, count)),
  fc
    .tuple(fc.integer({ min: 1, max: 8 }), fc.option(fc.constantFrom(...PREFIXES), { nil: undefined }))
    .map(([size, prefixes]) => new ReadAll(size, prefixes)),
  fc.constant(new Reopen()),
];

export function modelConformance(make: MakeEventStore): void {
  describe('any sequence of calls', () => {
    it('behaves like a plain array of events', async () => {
      await fc.assert(
        fc.asyncProperty(fc.commands(commands, { maxCommands: 40 }), async (sequence) => {
          const harness = await make();
          const real: Real = { ...harness, store: harness.store };
          try {
            await fc.asyncModelRun(() => ({ model: { log: [] }, real }), sequence);
          } finally {
            await real.store.close();
            await harness.dispose();
          }
        }),
        { numRuns: 60 },
      );
    }, 60_000);
  });
}
