import { FakeClock } from './fake-clock.js';

describe('the fake clock', () => {
  it('fires timers one by one at their own moments, the earlier set first where two are due together', () => {
    const clock = new FakeClock(1_000);
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name}@${clock.now()}`);
    clock.after(300, note('late'));
    clock.every(100, note('every'));
    clock.after(100, note('once'));
    clock.advance(300);
    expect(fired).toEqual(['every@1100', 'once@1100', 'every@1200', 'late@1300', 'every@1300']);
    expect(clock.now()).toBe(1_300);
  });

  it('lets a timer that is set by another one take part when it comes due before the end', () => {
    const clock = new FakeClock(0);
    const fired: number[] = [];
    const again = (): void => {
      fired.push(clock.now());
      if (fired.length < 3) clock.after(10, again);
    };
    clock.after(10, again);
    clock.advance(25);
    expect(fired).toEqual([10, 20]);
    clock.advance(5);
    expect(fired).toEqual([10, 20, 30]);
  });

  it('never fires what was cancelled, also by a timer of the same moment', () => {
    const clock = new FakeClock(0);
    const fired: string[] = [];
    clock.after(5, () => second.cancel());
    const second = clock.after(5, () => fired.push('second'));
    clock.advance(10);
    expect(fired).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  it('fires each timer once in a jump, however often it came due, at the end of the jump', () => {
    const clock = new FakeClock(0);
    const fired: string[] = [];
    clock.every(10, () => fired.push(`every@${clock.now()}`));
    clock.after(5, () => fired.push(`once@${clock.now()}`));
    clock.jump(1_000);
    expect(fired).toEqual(['once@1000', 'every@1000']);
    clock.advance(10);
    expect(fired.at(-1)).toBe('every@1010');
  });

  it('moves the wall alone when the wall is set', () => {
    const clock = new FakeClock(0);
    let fired = 0;
    clock.after(1_000, () => fired++);
    clock.setWall(5_000);
    expect([clock.now(), clock.monotonic(), fired]).toEqual([5_000, 0, 0]);
    clock.advance(1_000);
    expect([clock.now(), clock.monotonic(), fired]).toEqual([6_000, 1_000, 1]);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses to advance by %p', (ms) => {
    expect(() => new FakeClock().advance(ms)).toThrow(RangeError);
  });
});
