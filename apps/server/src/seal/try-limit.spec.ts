import { FakeClock } from '@claviger/testing';
import { type Admission, TryLimit } from './try-limit.js';

const waits = (admission: Admission): number | 'goes' => ('waitSeconds' in admission ? admission.waitSeconds : 'goes');

/** One try from the beginning to its end. */
function tried(limit: TryLimit, address: string, refused = true): number | 'goes' {
  const admission = limit.admit(address);
  if ('ended' in admission) admission.ended(refused);
  return waits(admission);
}

describe('the limit on those who try to open a seal', () => {
  let clock: FakeClock;
  let limit: TryLimit;

  beforeEach(() => {
    clock = new FakeClock();
    limit = new TryLimit(clock);
  });

  it('lets a source be wrong five times a minute, and then wait for the rest of it', () => {
    expect(Array.from({ length: 7 }, () => tried(limit, '192.0.2.1'))).toEqual([
      'goes',
      'goes',
      'goes',
      'goes',
      'goes',
      60,
      60,
    ]);
    clock.advance(59_000);
    expect(tried(limit, '192.0.2.1')).toBe(1);
    clock.advance(1_000);
    expect(tried(limit, '192.0.2.1')).toBe('goes');
  });

  it('does not count what was taken, and takes every source by itself', () => {
    for (let n = 0; n < 20; n += 1) expect(tried(limit, '192.0.2.1', false)).toBe('goes');
    for (let n = 0; n < 5; n += 1) tried(limit, '192.0.2.2');
    expect([tried(limit, '192.0.2.1'), tried(limit, '192.0.2.2')]).toEqual(['goes', 60]);
  });

  it('takes the network of an IPv6 address for the source, and mapped IPv4 addresses one by one', () => {
    for (let n = 0; n < 5; n += 1) tried(limit, `2001:db8:0:7::${n}`);
    expect(waits(limit.admit('2001:0DB8::7:1:2:3:4'))).toBe(60);
    expect(waits(limit.admit('2001:db8:0:8::1'))).toBe('goes');
    for (let n = 0; n < 5; n += 1) tried(limit, '::ffff:192.0.2.1');
    expect([waits(limit.admit('::ffff:192.0.2.1')), waits(limit.admit('::ffff:192.0.2.2'))]).toEqual([60, 'goes']);
  });

  it('lets each source try one at a time, and all of them together 32', () => {
    const first = limit.admit('192.0.2.0');
    expect(waits(limit.admit('192.0.2.0'))).toBe(1);
    const others = Array.from({ length: 32 }, (_, n) => limit.admit(`192.0.2.${n + 1}`));
    expect(others.filter((one) => waits(one) === 'goes')).toHaveLength(31);
    if ('ended' in first) first.ended(false);
    expect(waits(limit.admit('192.0.2.99'))).toBe('goes');
  });

  it('keeps a table of bounded size: beyond it new sources share what one has', () => {
    for (let n = 0; n < 10_000; n += 1) tried(limit, `10.0.${n >> 8}.${n & 255}`);
    for (let n = 0; n < 5; n += 1) expect(tried(limit, `172.16.0.${n}`)).toBe('goes');
    expect(tried(limit, '172.16.1.1')).toBe(60);
    expect(tried(limit, '10.0.0.0')).toBe('goes');
    clock.advance(60_000);
    expect(tried(limit, '172.16.1.1')).toBe('goes');
  });
});
