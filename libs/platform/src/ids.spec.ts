import { Clock, type Timer } from './clock.js';
import { SystemIds } from './ids.js';

const noTimer: Timer = { cancel: () => undefined };

class SetClock extends Clock {
  time = 1_700_000_000_000;
  override now = (): number => this.time;
  override monotonic = (): number => 0;
  override after = (): Timer => noTimer;
  override every = (): Timer => noTimer;
}

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const timeOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

describe('uuid7', () => {
  it('has the form of RFC 9562 version 7 and the time of the clock', () => {
    const clock = new SetClock();
    const id = new SystemIds(clock).uuid7();
    expect(id).toMatch(UUID7);
    expect(timeOf(id)).toBe(clock.time);
  });

  it('ascends within one millisecond, beyond what the counter holds, too', () => {
    const ids = new SystemIds(new SetClock());
    const made = Array.from({ length: 20_000 }, () => ids.uuid7());
    expect(made.toSorted()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
    expect(made.every((id) => UUID7.test(id))).toBe(true);
  });

  it('ascends when the clock goes back', () => {
    const clock = new SetClock();
    const ids = new SystemIds(clock);
    const before = ids.uuid7();
    clock.time -= 3_600_000;
    const after = ids.uuid7();
    expect(after > before).toBe(true);
  });

  it('follows the clock again once that is ahead', () => {
    const clock = new SetClock();
    const ids = new SystemIds(clock);
    ids.uuid7();
    clock.time += 5;
    expect(timeOf(ids.uuid7())).toBe(clock.time);
  });

  it('differs between two processes at the same time', () => {
    const clock = new SetClock();
    expect(new SystemIds(clock).uuid7()).not.toBe(new SystemIds(clock).uuid7());
  });
});

describe('uuid4 and random', () => {
  const ids = new SystemIds(new SetClock());

  it('makes version 4 ids that differ', () => {
    expect(ids.uuid4()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids.uuid4()).not.toBe(ids.uuid4());
  });

  it('gives as many random bytes as asked for, in an array of their own', () => {
    const bytes = ids.random(32);
    expect(bytes).toHaveLength(32);
    expect(bytes.buffer.byteLength).toBe(32);
    expect(Buffer.from(bytes).equals(Buffer.from(ids.random(32)))).toBe(false);
    expect(ids.random(0)).toHaveLength(0);
  });
});
