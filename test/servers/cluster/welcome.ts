import type { TestCluster } from './cluster.js';
import type { Front } from './front.js';

/** What a person needs to know to try it out: what runs where, and commands to paste. */
export function welcome(
  cluster: TestCluster,
  front: Front,
  { secretsGiven, kept }: { readonly secretsGiven: boolean; readonly kept: boolean },
): string {
  const { eventStore, redis, postgres, nodes, folder } = cluster;
  const rows = [
    ['name', 'role', 'address', 'pid'],
    ['front', 'one address for all', front.url, String(process.pid)],
    ...nodes.map(({ name, role, url, pid }) => [name, role, url, String(pid)]),
    ['eventstore', 'stand-in', `esdb://127.0.0.1:${eventStore.port}?tls=false`, String(eventStore.pid)],
    ['redis', 'job queue', `redis://127.0.0.1:${redis.port}`, String(redis.pid)],
    ['postgres', 'sealed store', `postgres://127.0.0.1:${postgres.port}`, String(postgres.pid)],
  ];
  return [
    '',
    ...table(rows).map((line) => `  ${line}`),
    '',
    'For trying out, not for production: the event store is a stand-in that the tests bring (test/servers/eventstore), not a',
    'database; the root key is a file; everything listens on this machine only, without TLS.',
    kept ? `Everything is kept in ${folder}.` : `Everything is in ${folder} and removed at the end.`,
    `Each process has its log in ${folder}/logs. What you kill is started again. Ctrl-C ends everything.`,
    '',
    'First commands, in another terminal:',
    '',
    ...credentials(cluster, secretsGiven),
    `  export AWS_DEFAULT_REGION=${cluster.region} AWS_REGION=${cluster.region}`,
    `  export CLAVIGER_URL=${front.url}`,
    '  aws kms create-key --description my-first-key --endpoint-url $CLAVIGER_URL',
    '  npx claviger status',
    '  npx claviger key list',
    '',
  ].join('\n');
}

function credentials({ credentials: { accessKeyId, secretAccessKey }, token }: TestCluster, given: boolean): string[] {
  if (given) return ['  # AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and CLAVIGER_TOKEN as the environment gave them'];
  return [
    `  export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`,
    `  export CLAVIGER_TOKEN=${token}`,
  ];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
