import { spawnSync } from 'node:child_process';
import { requireExternal, type Suite } from '../../support/external.js';

/** Version of the redis-server on the PATH; undefined when there is none. */
export function redisVersion(): string | undefined {
  const run = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  const cli = spawnSync('redis-cli', ['--version'], { encoding: 'utf8' });
  if (run.status !== 0 || cli.status !== 0) return undefined;
  return /v=([0-9.]+)/.exec(run.stdout)?.[1];
}

/** `describe` for suites that start a Redis of their own; where one cannot be had they are listed as NOT RUN. */
export function describeWithRedis(): Suite {
  const version = redisVersion();
  if (version === undefined) {
    return requireExternal('redis', undefined, 'Debian packages redis-server and redis-tools are not installed');
  }
  return requireExternal('redis', `redis-server ${version}, started by the suite`, '');
}
