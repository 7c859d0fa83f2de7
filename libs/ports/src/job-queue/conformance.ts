import {
  type JobHandler,
  JobQueue,
  JobQueueUnavailable,
  type JobState,
  type JobView,
  LONGEST_REASON,
} from './contract.js';
import type { RetryPolicy } from './retry-policy.js';

/** One queue under test that nobody else uses. Its policy has three attempts. */
export interface JobQueueHarness {
  readonly queue: JobQueue;
  readonly policy: RetryPolicy;
  /** Lets time pass, for the queue: moves its clock, or waits. */
  elapse(ms: number): Promise<void>;
  dispose(): Promise<void>;
}

/** What every {@link JobQueue} MUST do. */
export function jobQueueConformance(name: string, make: () => Promise<JobQueueHarness>): void {
  describe(`JobQueue conformance: ${name}`, () => {
    let harness: JobQueueHarness;
    let queue: JobQueue;
    const runs: string[] = [];

    beforeEach(async () => {
      runs.length = 0;
      harness = await make();
      queue = harness.queue;
    });

    afterEach(() => harness.dispose());

    /** Records each run; `then` decides how it ends. */
    const working = (then: JobHandler = async () => undefined): void =>
      queue.work(async (id) => {
        runs.push(id);
        await then(id);
      });
    const runsOf = (id: string): number => runs.filter((run) => run === id).length;
    const idsOf = async (state: JobState): Promise<readonly string[]> =>
      (await queue.list(state, 0, 100)).map(({ id }) => id);

    async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
      for (let tries = 0; !(await holds()); tries += 1) {
        if (tries === 400) throw new Error(`it did not come to that; runs: ${runs.join(' ')}`);
        await harness.elapse(5);
      }
    }
    const idle = (): Promise<void> =>
      until(async () => {
        const { waiting, running } = await queue.counts();
        return waiting + running === 0;
      });
    /** Lets the longest delay pass, and then some. */
    const longest = (): Promise<void> => harness.elapse(harness.policy.longestDelayMs * 3);

    it('runs each job that was asked for, and forgets it', async () => {
      working();
      await queue.enqueue(['rotate-a-v1', 'rotate-b-v1', 'destroy-c']);
      await idle();
      expect([...runs].sort()).toEqual(['destroy-c', 'rotate-a-v1', 'rotate-b-v1']);
      expect(await queue.counts()).toEqual({ waiting: 0, running: 0, dead: 0 });
    });

    it('keeps what is asked for before it works', async () => {
      await queue.enqueue(['a', 'b']);
      expect([...(await idsOf('waiting'))].sort()).toEqual(['a', 'b']);
      expect(await queue.counts()).toEqual({ waiting: 2, running: 0, dead: 0 });
      working();
      await idle();
      expect([...runs].sort()).toEqual(['a', 'b']);
    });

    it('takes nothing at all, and asks for nothing', async () => {
      working();
      await queue.enqueue([]);
      await idle();
      expect(runs).toEqual([]);
    });

    it('runs a job once that is asked for again while it waits', async () => {
      await queue.enqueue(['a', 'a']);
      await queue.enqueue(['a']);
      working();
      await idle();
      expect(runs).toEqual(['a']);
    });

    it('runs a job once that is asked for again while it runs, and shows it running', async () => {
      const gate = openable();
      working(() => gate.opened);
      await queue.enqueue(['a']);
      await until(() => runs.length === 1);
      await queue.enqueue(['a']);
      expect(await idsOf('running')).toEqual(['a']);
      expect(await queue.counts()).toEqual({ waiting: 0, running: 1, dead: 0 });
      gate.open();
      await idle();
      expect(runs).toEqual(['a']);
    });

    it('runs a job again that is asked for again after it was done', async () => {
      working();
      await queue.enqueue(['a']);
      await idle();
      await queue.enqueue(['a']);
      await idle();
      expect(runs).toEqual(['a', 'a']);
    });

    it('tries a job that fails again, after a delay, while others go on', async () => {
      working(async (id) => {
        if (id === 'bad' && runsOf('bad') < 2) throw new Error('not yet');
      });
      await queue.enqueue(['bad', 'good']);
      let waiting: JobView | undefined;
      await until(async () => {
        [waiting] = await queue.list('waiting', 0, 10);
        return waiting?.failures === 1;
      });
      expect(waiting).toMatchObject({ id: 'bad', state: 'waiting', failures: 1, reason: 'not yet' });
      const { since = null, notBefore = null } = waiting ?? {};
      expect(Number(notBefore) - Number(since)).toBeGreaterThanOrEqual(harness.policy.firstDelayMs / 2);
      await until(() => runsOf('good') === 1);
      await queue.enqueue(['bad']);
      await idle();
      expect(runsOf('bad')).toBe(2);
    });

    it('lets a job die after its last attempt, says why, and runs it no more when it is asked for', async () => {
      working(() => Promise.reject(new Error('the device is gone\nfor good')));
      await queue.enqueue(['a']);
      await until(async () => (await queue.counts()).dead === 1);
      expect(runs).toHaveLength(harness.policy.attempts);
      expect(await queue.list('dead', 0, 10)).toEqual([
        expect.objectContaining({ id: 'a', state: 'dead', failures: 3, reason: 'the device is gone for good' }),
      ]);
      await queue.enqueue(['a']);
      await longest();
      expect(runs).toHaveLength(harness.policy.attempts);
      expect(await queue.counts()).toEqual({ waiting: 0, running: 0, dead: 1 });
    });

    it('runs a dead job anew when it is retried, with all of its attempts', async () => {
      let well = false;
      working(async () => {
        if (!well) throw new Error('no');
      });
      await queue.enqueue(['a']);
      await until(async () => (await queue.counts()).dead === 1);
      expect(await queue.retry('a')).toBe(true);
      await until(() => runs.length === 6);
      await until(async () => (await queue.counts()).dead === 1);
      well = true;
      expect(await queue.retry('a')).toBe(true);
      await idle();
      expect(runs).toHaveLength(7);
      expect(await queue.counts()).toEqual({ waiting: 0, running: 0, dead: 0 });
    });

    it('retries nothing but what is dead', async () => {
      await queue.enqueue(['waits']);
      expect(await queue.retry('waits')).toBe(false);
      expect(await queue.retry('unknown')).toBe(false);
      expect(await queue.counts()).toEqual({ waiting: 1, running: 0, dead: 0 });
    });

    it.each([
      [
        'throws at once',
        () => {
          throw new Error('thrown');
        },
        'thrown',
      ],
      ['rejects with what is no error', () => rejected('a text'), 'failed without an error'],
      [
        'rejects with a very long message',
        () => Promise.reject(new Error('x'.repeat(9_999))),
        'x'.repeat(LONGEST_REASON),
      ],
    ] as readonly [string, JobHandler, string][])('counts as failed a handler that %s', async (_, handler, reason) => {
      working(handler);
      await queue.enqueue(['a']);
      await until(async () => (await queue.counts()).dead === 1);
      expect((await queue.list('dead', 0, 1))[0]?.reason).toBe(reason);
    });

    it('lists page by page, the oldest first', async () => {
      for (const id of ['a', 'b', 'c', 'd', 'e']) await queue.enqueue([id]);
      const page = async (from: number, count: number): Promise<readonly string[]> =>
        (await queue.list('waiting', from, count)).map(({ id }) => id);
      expect([await page(0, 2), await page(2, 2), await page(4, 2), await page(6, 2)]).toEqual([
        ['a', 'b'],
        ['c', 'd'],
        ['e'],
        [],
      ]);
      expect(await idsOf('dead')).toEqual([]);
      for (const [from, count] of [
        [-1, 1],
        [0, 0],
        [0, 501],
        [0.5, 1],
      ] as const) {
        await expect(queue.list('waiting', from, count)).rejects.toBeInstanceOf(RangeError);
      }
    });

    it.each(['', '1', '123', 'a:b', 'A', 'a b', 'a\n', 'ä', '-a', `a${'b'.repeat(255)}`])(
      'refuses the id %j',
      async (id) => {
        await expect(queue.enqueue(['good', id])).rejects.toBeInstanceOf(RangeError);
        expect(await queue.retry(id)).toBe(false);
        expect(await queue.counts()).toEqual({ waiting: 0, running: 0, dead: 0 });
      },
    );

    it('works for one handler only', () => {
      working();
      expect(() => working()).toThrow('handler already');
    });

    it('waits for what runs when it is closed, begins nothing more, and refuses every later call', async () => {
      const gate = openable();
      let ended = false;
      working(async () => {
        await gate.opened;
        ended = true;
      });
      await queue.enqueue(['first']);
      await until(() => runs.length === 1);
      let closed = false;
      const closing = queue.close().then(() => {
        closed = true;
      });
      await harness.elapse(20);
      expect([ended, closed]).toEqual([false, false]);
      gate.open();
      await closing;
      await queue.close();
      expect(ended).toBe(true);
      for (const call of [
        () => queue.enqueue(['a']),
        () => queue.list('dead', 0, 1),
        () => queue.counts(),
        () => queue.retry('a'),
      ]) {
        await expect(call()).rejects.toMatchObject({ name: JobQueueUnavailable.name, reason: 'closed' });
      }
      await longest();
      expect(runs).toEqual(['first']);
    });
  });
}

function openable(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

/** As a library may reject, with what is no error. */
const rejected = (reason: string): Promise<never> => Reflect.apply(Promise.reject<never>, Promise, [reason]);
