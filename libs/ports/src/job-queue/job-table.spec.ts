import { JobTable } from './job-table.js';

const POLICY = { attempts: 1, firstDelayMs: 1, longestDelayMs: 1 };

describe('the table of jobs', () => {
  it('forgets the dead jobs that died first when there are too many', () => {
    const table = new JobTable(POLICY, (length) => new Uint8Array(length), 2);
    table.add(['a', 'b', 'c'], 0);
    for (const id of ['a', 'b', 'c']) expect(table.take()).toBe(id);
    for (const id of ['b', 'a', 'c']) expect(table.failed(id, new Error('no'), 1)).toBe('dead');
    expect(table.list('dead', 0, 10).map(({ id }) => id)).toEqual(['a', 'c']);
    // It can be asked for again.
    table.add(['b'], 2);
    expect(table.take()).toBe('b');
  });

  it('takes nothing of what it refuses in part', () => {
    const table = new JobTable(POLICY, (length) => new Uint8Array(length), 2);
    expect(() => table.add(['a', 'NO'], 0)).toThrow(RangeError);
    expect(table.hasReady).toBe(false);
  });

  it('hears nothing of jobs that it does not know', () => {
    const table = new JobTable(POLICY, (length) => new Uint8Array(length), 2);
    table.wake('a');
    table.done('a');
    expect([table.failed('a', new Error('no'), 0), table.take(), table.retry('a', 0)]).toEqual([
      'dead',
      undefined,
      false,
    ]);
  });
});
