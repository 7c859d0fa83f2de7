import { examples } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import { UsageError } from '../../failure.js';
import type { Report } from '../../http/api.js';
import { answer } from '../../output/answer.js';
import { type GlobalOptions, openSession } from '../../session.js';

/** `claviger operator accept` */
export const operatorAccept: AddCommand = (parent, cli) => {
  const command = parent
    .command('accept')
    .description('let the service go on after what was found; stays on record with the reason')
    .requiredOption('--report <hash>', 'the hash that `claviger operator report` shows')
    .addHelpText(
      'after',
      examples('claviger operator accept --report 4f53…b945 --reason "restored from backup, OPS-12"'),
    );
  command.action(async ({ report }: { readonly report: string }) => {
    const { reason } = command.optsWithGlobals<GlobalOptions>();
    if (reason === undefined || reason.trim() === '') {
      throw new UsageError('--reason is needed here: who reads the record later has to know why it was accepted.');
    }
    const { client, io, json } = openSession(command, cli);
    const left = await client.post<Report>('/operator/accept', { report });
    answer(io, json, left, () =>
      left.holds.length === 0
        ? 'Accepted. Nothing waits any more.\n'
        : 'Accepted. Something else waits: see `claviger operator report`.\n',
    );
  });
};
