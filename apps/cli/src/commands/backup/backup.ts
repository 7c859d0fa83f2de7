import { examples } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import { answer } from '../../output/answer.js';
import { facts } from '../../output/facts.js';
import { shownTime } from '../../output/time.js';
import { openSession } from '../../session.js';
import { makeBackup } from './make.js';
import { backupVerify } from './verify.js';
import { UsageError } from '../../failure.js';

/** `claviger backup` */
export const backup: AddCommand = (parent, cli) => {
  const command = parent
    .command('backup')
    .description('everything but the root key, in one file, while the service serves')
    .option('--to <file>', 'the file to make; an existing one is never replaced')
    .addHelpText(
      'after',
      `${examples('claviger backup --to claviger-2026-11-25.backup --reason "nightly"', 'claviger backup verify claviger-2026-11-25.backup')}
The file holds sealed key material: useless without the root key, and everything with it. Keep the two apart, and the file as carefully
as the data. Material that is destroyed later stays recoverable from it, for as long as the file and the root key of its time exist.
`,
    );
  backupVerify(command, cli);
  command.action(async ({ to }: { readonly to?: string }) => {
    if (to === undefined) throw new UsageError('Which file? --to <file> names it.');
    const { client, io, json } = openSession(command, cli);
    const { header, end, bytes } = await makeBackup(client.stream('/operator/backup'), to, io);
    const { madeAt, position, journal } = header;
    answer(
      io,
      json,
      { file: to, bytes, madeAt, position, journal, counts: end.counts, sha256: end.sha256 },
      () =>
        `${facts([
          ['backup', to],
          ['made at', shownTime(io, madeAt)],
          ['events', `${end.counts.events}, to position ${position}`],
          ['sealed records', `${end.counts.sealed}`],
          ['audit journal', `to entry ${journal.sequence}`],
          ['destroyed by then', `${end.counts.destroyed}`],
          ['size', `${bytes} bytes`],
          ['SHA-256', end.sha256],
        ])}\nThe root key is not in it. Keep a copy of that apart from this file.\n`,
    );
  });
};
