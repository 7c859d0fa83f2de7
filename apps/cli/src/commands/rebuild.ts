import { Argument } from 'commander';
import { examples } from '../arguments.js';
import type { AddCommand } from '../cli.js';
import { Failure } from '../failure.js';
import type { Rebuild } from '../http/api.js';
import { answer } from '../output/answer.js';
import { Progress } from '../output/progress.js';
import { openSession } from '../session.js';

const VIEWS = ['key-state', 'audit-view'];
const EVERY_MS = 250;

/** `claviger rebuild` */
export const rebuild: AddCommand = (parent, cli) => {
  const command = parent
    .command('rebuild')
    .description('build a read model anew from the records, while the present one serves')
    .addArgument(new Argument('<view>', 'which one').choices(VIEWS))
    .option('--no-wait', 'return as soon as it has begun')
    .addHelpText('after', examples('claviger rebuild audit-view --reason "OPS-12"'));
  command.action(async (view: string, { wait }: { readonly wait: boolean }) => {
    const { client, io, json } = openSession(command, cli);
    const progress = new Progress(io, view);
    let now = await client.post<Rebuild>(`/rebuild/${view}`);
    try {
      while (wait && now.state === 'running') {
        progress.show(now.done, now.of);
        await io.sleep(EVERY_MS);
        now = await client.get<Rebuild>(`/rebuild/${view}`);
      }
    } finally {
      progress.end();
    }
    if (now.state === 'failed')
      throw new Failure(
        `${view} could not be built anew; the present one goes on serving. The log of the service says why.`,
      );
    answer(io, json, now, () =>
      now.state === 'running' ? `${view} is being built anew.\n` : `${view} was built anew.\n`,
    );
  });
};
