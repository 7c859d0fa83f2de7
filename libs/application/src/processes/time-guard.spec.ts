import { FakeClock } from '@claviger/testing';
import { JsonLogger } from '@claviger/platform';
import { Holds } from './holds.js';
import { type Downtime, TimeGuard } from './time-guard.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function guardOf(lastEventAt: () => number = () => 0, downtimes: Downtime[] = []) {
  const clock = new FakeClock();
  const holds = new Holds();
  const logger = new JsonLogger({ clock, level: 'error', sink: () => {} });
  return { clock, holds, guard: new TimeGuard(clock, holds, logger, lastEventAt, downtimes) };
}

describe('the time guard', () => {
  it('believes a clock that moves on as it should, and beats with it', () => {
    const { clock, holds, guard } = guardOf();
    guard.begin(clock.now());
    clock.advance(HOUR);
    expect(guard.beat()).toBe(clock.now());
    expect(holds.stopsDestruction).toBe(false);
  });

  it('holds destruction, not use, when the clock is more than 24 hours ahead of the last heartbeat', () => {
    const { clock, holds, guard } = guardOf();
    guard.begin(clock.now() - DAY - 1);
    expect(holds.stopsDestruction).toBe(true);
    expect(holds.stopsUse).toBe(false);
  });

  it('lets the heartbeat stand still while it holds, so that a restart finds the same, until an operator accepts', () => {
    const { clock, holds, guard } = guardOf();
    const before = clock.now();
    guard.begin(before);
    clock.setWall(before + 2 * DAY);
    expect(guard.beat()).toBe(before);
    clock.advance(1000);
    expect(guard.beat()).toBe(before);
    expect(holds.all()[0]?.findings[0]).toContain('24 hours ahead');
    guard.accept();
    expect(holds.stopsDestruction).toBe(false);
    expect(guard.beat()).toBe(clock.now());
  });

  it('holds while the clock is behind the last event, and lets go by itself when it has caught up', () => {
    let lastEventAt = 0;
    const { clock, holds, guard } = guardOf(() => lastEventAt);
    guard.begin(clock.now());
    lastEventAt = clock.now() + HOUR;
    guard.beat();
    expect(holds.stopsDestruction).toBe(true);
    clock.advance(2 * HOUR);
    guard.beat();
    expect(holds.stopsDestruction).toBe(false);
  });

  it('reports a downtime of more than a minute, and no shorter one', () => {
    const { clock, guard } = guardOf();
    const now = clock.now();
    expect(guard.begin(now - 59_000)).toBeUndefined();
    expect(guard.begin(now - 2 * HOUR)).toEqual({ from: now - 2 * HOUR, to: now });
  });

  it('moves a deletion by what its last day lost to downtimes, and by nothing else', () => {
    const deletionAt = 10 * DAY;
    const { guard } = guardOf(
      () => 0,
      [
        { from: 1 * DAY, to: 2 * DAY },
        { from: 9 * DAY - 2 * HOUR, to: 9 * DAY + 3 * HOUR },
        { from: 10 * DAY - HOUR, to: 11 * DAY },
      ],
    );
    expect(guard.notBefore(deletionAt)).toBe(deletionAt + 3 * HOUR + HOUR);
  });
});
