import { requireExternal, type Suite } from '../../support/external.js';
import { postgresVersion } from '../postgres/programs.js';
import { redisVersion } from '../redis/found.js';

/** Debian packages of servers that a cluster needs and this machine lacks. */
export function missingPackages(): readonly string[] {
  return [
    ...(redisVersion() === undefined ? ['redis-server', 'redis-tools'] : []),
    ...(postgresVersion() === undefined ? ['postgresql'] : []),
  ];
}

/** `describe` for suites that start a cluster; where its servers cannot be had they are listed as NOT RUN. */
export function describeWithCluster(): Suite {
  const missing = missingPackages();
  const found = `stand-in of the event store, redis-server ${redisVersion() ?? ''}, ${postgresVersion() ?? ''}, started by the suite`;
  const reason = `Debian packages ${missing.join(', ')} are not installed`;
  return requireExternal('cluster', missing.length === 0 ? found : undefined, reason);
}
