import type { FaultRun } from './fault-run.js';
import type { Expectation } from './expectation.js';

/** How a server goes: its connections end, nothing passes any more and nobody is told, or its process is killed. */
export const WAYS = ['cut', 'frozen', 'killed'] as const;
export type Way = (typeof WAYS)[number];

/** Something that all nodes need goes away, and comes back. */
export interface Outage {
  readonly name: string;
  /** Nobody is told of it. */
  readonly silent: boolean;
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
  readonly expected: Expectation;
  /** What each api node says of itself before the end. */
  readonly ready: { readonly status: 200 | 503; readonly says: RegExp };
  /** More that must be so before the end. @returns sentences; empty when all is well */
  readonly also?: () => Promise<string[]>;
}

/** Without the event store no change is made, and no key used longer than the lease. */
const STORE: Expectation = {
  use: 'until the lease ends',
  // The first use of a version reserves a block of uses there.
  'cold use': 'unavailable',
  'token use': 'until the lease ends',
  change: 'unavailable',
  create: 'unavailable',
};
/** The queue only wakes. */
const REDIS: Expectation = {
  use: 'goes on',
  'cold use': 'goes on',
  'token use': 'goes on',
  change: 'goes on',
  create: 'goes on',
};
/** Material that is in memory is used; what has to be read or kept is not. */
const POSTGRES: Expectation = { ...REDIS, 'cold use': 'unavailable', create: 'unavailable' };
const TOKEN: Expectation = { ...REDIS, 'token use': 'unavailable' };

export type ServerName = 'event store' | 'Redis' | 'PostgreSQL';

export function serverOutage(run: FaultRun, name: ServerName, way: Way): Outage {
  const { eventStore, redis, postgres } = run.cluster;
  const server = { 'event store': eventStore, Redis: redis, PostgreSQL: postgres }[name];
  const begin = { cut: () => server.cut(), frozen: () => server.freeze(), killed: () => server.kill() }[way];
  return {
    name: `${name} ${way}`,
    silent: way === 'frozen',
    begin,
    end: () => (way === 'killed' ? server.restart() : server.mend()),
    expected: { 'event store': STORE, Redis: REDIS, PostgreSQL: POSTGRES }[name],
    ready:
      name === 'event store'
        ? { status: 503, says: /no lease to use keys/ }
        : { status: 200, says: /"status":"ready"/ },
    ...(name === 'Redis' && { also: () => queueIsMissed(run, way) }),
  };
}

/** @throws where SoftHSM is not installed */
export function tokenOutage(run: FaultRun): Outage {
  const { token } = run;
  if (token === undefined) throw new Error('there is no token');
  return {
    name: 'token unplugged',
    silent: false,
    begin: () => token.unplug(),
    end: () => token.plugIn(),
    expected: TOKEN,
    ready: { status: 200, says: new RegExp(`the token ${token.label} does not answer`) },
  };
}

/** Who asks for jobs is told, and the workers' log says it; nobody else notices. */
async function queueIsMissed({ cluster }: FaultRun, way: Way): Promise<string[]> {
  const findings: string[] = [];
  const { status, body } = await cluster.admin.admin('GET', '/api/v1/jobs');
  const text = JSON.stringify(body);
  if (status !== 503 || !text.includes('The job queue does not answer'))
    findings.push(`admin, list of jobs: expected 503 and why, found ${status} ${text}`);
  for (const worker of cluster.workers) {
    const ready = await worker.health();
    if (ready.status !== 200) findings.push(`${worker.name}: expected to be ready, found ${ready.reasons.join('; ')}`);
    const told = worker.logs.some(({ message }) => message.startsWith('the job queue has trouble with Redis'));
    if (way !== 'frozen' && !told) findings.push(`${worker.name}: expected a line of its log about Redis, found none`);
  }
  return findings;
}
