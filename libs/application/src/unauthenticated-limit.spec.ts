import { FakeClock } from '@claviger/testing';
import type { CallSource } from './call-context.js';
import { UnauthenticatedLimit } from './unauthenticated-limit.js';

const source = (address: string): CallSource => ({ address, userAgent: null });

describe('the limit on entries about unauthenticated calls', () => {
  it('lets ten per source and minute through and reports the rest as one sum', () => {
    const clock = new FakeClock();
    const sums: [string, number][] = [];
    const limit = new UnauthenticatedLimit(clock, ({ address }, calls) => void sums.push([address, calls]));
    const admitted = Array.from({ length: 25 }, () => limit.admit(source('10.0.0.1'))).filter(Boolean);
    expect(admitted).toHaveLength(10);
    expect(limit.admit(source('10.0.0.2'))).toBe(true);
    clock.advance(60_000);
    expect(sums).toEqual([['10.0.0.1', 15]]);
    expect(limit.admit(source('10.0.0.1'))).toBe(true);
  });

  it('does not grow with the number of sources: beyond ten thousand they share one window', () => {
    const limit = new UnauthenticatedLimit(new FakeClock(), () => {});
    for (let n = 0; n < 10_000; n += 1) limit.admit(source(`s${n}`));
    const admitted = Array.from({ length: 50 }, (_, n) => limit.admit(source(`late${n}`))).filter(Boolean);
    expect(admitted).toHaveLength(10);
  });
});
