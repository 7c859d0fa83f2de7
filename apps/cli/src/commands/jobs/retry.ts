import { examples } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import { Failure, UsageError } from '../../failure.js';
import type { Job } from '../../http/api.js';
import type { AdminClient, Page } from '../../http/client.js';
import { answer } from '../../output/answer.js';
import { printable } from '../../output/printable.js';
import { openSession } from '../../session.js';

interface Outcome {
  readonly job: string;
  readonly retried: boolean;
  /** Why not. */
  readonly problem: string | null;
}

/** `claviger jobs retry` */
export const jobsRetry: AddCommand = (parent, cli) => {
  const command = parent
    .command('retry')
    .description('run jobs anew that have failed too often; exit code 1 when one could not be')
    .argument('[job...]', 'ids, as `claviger jobs list` shows them')
    .option('--all', 'every dead one')
    .addHelpText('after', examples('claviger jobs retry --all --reason "HSM is back, OPS-12"'));
  command.action(async (jobs: readonly string[], { all = false }: { readonly all?: boolean }) => {
    if (all === jobs.length > 0) throw new UsageError('Name the jobs to retry, or all of them with --all.');
    const { client, io, json } = openSession(command, cli);
    const outcomes: Outcome[] = [];
    for (const job of all ? await deadJobs(client) : jobs) outcomes.push(await retry(client, job));
    answer(io, json, { jobs: outcomes }, () => inWords(outcomes));
    if (outcomes.some(({ retried }) => !retried)) cli.result.code = 1;
  });
};

const deadJobs = async (client: AdminClient): Promise<readonly string[]> =>
  (await client.list<Page<Job>>('/jobs', { state: 'dead', limit: 500 }, true)).items.map(({ id }) => id);

async function retry(client: AdminClient, job: string): Promise<Outcome> {
  try {
    await client.post(`/jobs/${encodeURIComponent(job)}/retry`);
    return { job, retried: true, problem: null };
  } catch (error) {
    // The others may well be retried; only an address or a token that is wrong fails for all, and says so for each.
    if (!(error instanceof Failure)) throw error;
    return { job, retried: false, problem: error.message };
  }
}

function inWords(outcomes: readonly Outcome[]): string {
  if (outcomes.length === 0) return 'No job is dead.\n';
  return outcomes
    .map(({ job, retried, problem }) =>
      retried ? `${printable(job)}: runs anew\n` : `${printable(job)}: ${problem}\n`,
    )
    .join('');
}
