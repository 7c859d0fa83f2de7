import { existsSync } from 'node:fs';
import { requireExternal } from '../../support/external.js';
import { redisVersion } from './found.js';
import { RedisServer } from './redis-server.js';

const version = redisVersion();

requireExternal(
  'redis',
  version === undefined ? undefined : `redis-server ${version}, started by the suite`,
  'Debian packages redis-server and redis-tools are not installed',
)('the Redis of a suite', () => {
  it('wants its password, evicts nothing and writes an append-only file', async () => {
    await using redis = await RedisServer.start();
    expect(await redis.command('CONFIG', 'GET', 'maxmemory-policy')).toEqual({ 'maxmemory-policy': 'noeviction' });
    expect(await redis.command('CONFIG', 'GET', 'appendonly')).toEqual({ appendonly: 'yes' });
    const { connection } = redis;
    const stranger = Object.create(redis, {
      connection: { value: { ...connection, password: '' } },
    }) as RedisServer;
    await expect(stranger.command('GET', 'a')).rejects.toThrow('NOAUTH');
  });

  it('has what was acknowledged again after a stop, nothing after a flush, and runs on the same port', async () => {
    await using redis = await RedisServer.start();
    await redis.command('SET', 'a', '1');
    const { pid } = redis;
    await redis.stop();
    expect(redis.running).toBe(false);
    await expect(redis.command('GET', 'a')).rejects.toThrow('redis-cli GET');
    await redis.restart();
    expect(redis.pid).not.toBe(pid);
    expect(await redis.command('GET', 'a')).toBe('1');
    await redis.flush();
    expect(await redis.command('GET', 'a')).toBeNull();
  });

  it('leaves neither process nor files behind', async () => {
    const redis = await RedisServer.start();
    const [folder] = Object.values((await redis.command('CONFIG', 'GET', 'dir')) as Record<string, string>);
    const pid = Number(redis.pid);
    redis.pause();
    await redis.dispose();
    await redis.dispose();
    expect(existsSync(String(folder))).toBe(false);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('fails fast, with what the server said, when it cannot come up', async () => {
    const began = Date.now();
    await expect(RedisServer.start({ maxmemoryPolicy: 'nonsense' })).rejects.toThrow(
      /did not come up[^]*maxmemory-policy/,
    );
    expect(Date.now() - began).toBeLessThan(5_000);
  });
});
