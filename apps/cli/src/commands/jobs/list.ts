import { examples, oneOf, wholeNumber } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import type { Job } from '../../http/api.js';
import type { Page } from '../../http/client.js';
import { answer } from '../../output/answer.js';
import { more } from '../../output/more.js';
import { table } from '../../output/table.js';
import { shownTime } from '../../output/time.js';
import type { Io } from '../../io.js';
import { openSession } from '../../session.js';

const STATES = ['dead', 'waiting', 'running'] as const;
type State = (typeof STATES)[number];

interface Options {
  readonly state: State;
  readonly limit?: number;
  readonly all?: boolean;
}

/** `claviger jobs list` */
export const jobsList: AddCommand = (parent, cli) => {
  const command = parent
    .command('list')
    .description('jobs that have failed too often, or those that wait or run')
    .option('--state <state>', STATES.join(', '), oneOf('--state', STATES), 'dead')
    .option('--limit <n>', 'at most so many; 50 by default', wholeNumber('--limit', 1, 500))
    .option('--all', 'every one')
    .addHelpText('after', examples('claviger jobs list', 'claviger jobs list --state waiting --all --json'));
  command.action(async ({ state, limit, all = false }: Options) => {
    const { client, io, json } = openSession(command, cli);
    const page = await client.list<Page<Job>>('/jobs', { state, limit: limit ?? (all ? 500 : undefined) }, all);
    answer(io, json, page, () => (page.items.length === 0 ? `No job is ${state}.\n` : jobTable(page.items, io)));
    more(io, page, 'jobs');
  });
};

const jobTable = (jobs: readonly Job[], io: Io): string =>
  table(
    jobs,
    [
      { head: 'JOB', of: ({ id }) => id },
      { head: `SINCE (${io.timeZone})`, of: ({ since }) => shownTime(io, since) },
      { head: `AGAIN (${io.timeZone})`, of: ({ notBefore }) => shownTime(io, notBefore) },
      { head: 'FAILURES', of: ({ failures }) => failures, align: 'right' },
      { head: 'REASON', of: ({ reason }) => reason, flexible: true },
    ],
    io.width,
  );
