import { findingsOf } from './redis.js';
import { BullJobQueue } from './queue.js';
import { requireName } from './options.js';

describe('the settings of a Redis', () => {
  it('are told when jobs would be dropped or lost', () => {
    expect(findingsOf('maxmemory_policy:noeviction\r\naof_enabled:1\r\n')).toEqual([]);
    expect(findingsOf('maxmemory_policy:allkeys-lru\r\naof_enabled:0\r\n')).toEqual([
      expect.stringContaining('maxmemory-policy is allkeys-lru'),
      expect.stringContaining('appendonly is off'),
    ]);
  });

  it('are not guessed where the server does not tell them', () => {
    expect(findingsOf('')).toEqual([]);
  });
});

describe('the name of a queue', () => {
  it.each(['', 'a:b', 'a b', 'ä', 'x'.repeat(65)])('is not %j: BullMQ builds keys from it', (name) => {
    expect(() => requireName(name)).toThrow(RangeError);
  });

  it('is checked before anything is opened', () => {
    const options = { name: 'a:b', redis: { host: '127.0.0.1', port: 1 } } as ConstructorParameters<
      typeof BullJobQueue
    >[0];
    expect(() => new BullJobQueue(options)).toThrow(RangeError);
  });
});
