import { randomBytes } from 'node:crypto';
import { DEFAULT_RETRY_POLICY, reasonOf, requirePolicy, retryDelayMs } from './retry-policy.js';

const low = (length: number): Uint8Array => new Uint8Array(length);
const high = (length: number): Uint8Array => new Uint8Array(length).fill(255);

describe('the delay before a job is tried again', () => {
  it('doubles with each failure, up to the longest', () => {
    const delays = [1, 2, 3, 6, 7, 8, 1000].map((failures) => retryDelayMs(DEFAULT_RETRY_POLICY, failures, high));
    expect(delays).toEqual([60_000, 120_000, 240_000, 1_920_000, 3_600_000, 3_600_000, 3_600_000]);
  });

  it('lies between half of that and all of it, as the random bytes say', () => {
    expect(retryDelayMs(DEFAULT_RETRY_POLICY, 1, low)).toBe(30_000);
    const delays = Array.from({ length: 200 }, () => retryDelayMs(DEFAULT_RETRY_POLICY, 1, randomBytes));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(30_000);
    expect(Math.max(...delays)).toBeLessThanOrEqual(60_000);
    expect(new Set(delays).size).toBeGreaterThan(100);
  });
});

describe('a retry policy', () => {
  it.each([
    { attempts: 0, firstDelayMs: 1, longestDelayMs: 1 },
    { attempts: 1.5, firstDelayMs: 1, longestDelayMs: 1 },
    { attempts: 1, firstDelayMs: 0, longestDelayMs: 1 },
    { attempts: 1, firstDelayMs: 2, longestDelayMs: 1 },
    { attempts: 1, firstDelayMs: 1, longestDelayMs: Number.POSITIVE_INFINITY },
    { attempts: 1, firstDelayMs: Number.NaN, longestDelayMs: 1 },
  ])('is refused when it makes no sense: %j', (policy) => {
    expect(() => requirePolicy(policy)).toThrow(RangeError);
  });
});

describe('the reason of a failure', () => {
  it('is one line without control characters', () => {
    expect(reasonOf(new Error('a\r\nb\u001b[31mc\u0000'))).toBe('a b [31mc ');
  });
});
