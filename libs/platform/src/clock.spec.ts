import { SystemClock } from './clock.js';

const clock = new SystemClock();

describe('SystemClock', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('tells whole milliseconds of the wall clock', () => {
    jest.setSystemTime(1_700_000_000_123);
    expect(clock.now()).toBe(1_700_000_000_123);
  });

  it('keeps its monotonic time when the wall clock is set back', () => {
    const before = clock.monotonic();
    jest.setSystemTime(0);
    jest.advanceTimersByTime(5);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(before);
  });

  it('calls once after the delay, and not at all when cancelled before', () => {
    const called: string[] = [];
    clock.after(100, () => called.push('kept'));
    const cancelled = clock.after(100, () => called.push('cancelled'));
    cancelled.cancel();

    jest.advanceTimersByTime(99);
    expect(called).toEqual([]);
    jest.advanceTimersByTime(1000);
    expect(called).toEqual(['kept']);
  });

  it('waits out a delay that is longer than a timer of Node can be, and can cancel it half-way', () => {
    const days = 24 * 3600 * 1000;
    const called: string[] = [];
    clock.after(60 * days, () => called.push('kept'));
    const cancelled = clock.after(60 * days, () => called.push('cancelled'));

    jest.advanceTimersByTime(30 * days);
    cancelled.cancel();
    jest.advanceTimersByTime(30 * days - 1);
    expect(called).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(called).toEqual(['kept']);
  });

  it('repeats until cancelled', () => {
    let calls = 0;
    const timer = clock.every(10, () => (calls += 1));
    jest.advanceTimersByTime(35);
    timer.cancel();
    jest.advanceTimersByTime(100);
    expect(calls).toBe(3);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('refuses a delay of %p', (ms) => {
    expect(() => clock.after(ms, () => undefined)).toThrow(RangeError);
  });

  it.each([Number.NaN, 0, -1, 2 ** 31])('refuses an interval of %p', (ms) => {
    expect(() => clock.every(ms, () => undefined)).toThrow(RangeError);
  });
});

it('leaves no timer of SystemClock that would keep a process alive', () => {
  const unref = jest.spyOn(globalThis, 'setTimeout');
  const timer = clock.after(1000, () => undefined);
  const timeout: unknown = unref.mock.results[0]?.value;
  unref.mockRestore();
  timer.cancel();
  expect(timeout).toHaveProperty('hasRef');
  expect((timeout as NodeJS.Timeout).hasRef()).toBe(false);
});
