import { examples, KEY_ARGUMENT, keyPath, wholeNumber } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import type { Key } from '../../http/api.js';
import { answer } from '../../output/answer.js';
import { shownTime } from '../../output/time.js';
import { openSession } from '../../session.js';
import { MOST_VERSION, subjectOf, type VersionOption } from './version-option.js';

interface Options extends VersionOption {
  readonly days?: number;
}

/** `claviger key schedule-deletion` */
export const keyScheduleDeletion: AddCommand = (parent, cli) => {
  const command = parent
    .command('schedule-deletion')
    .description(
      'stop all use now, and destroy the material when the waiting period is over; can be cancelled until then',
    )
    .argument('<key>', KEY_ARGUMENT)
    .option('--days <n>', 'waiting period, 7 to 90; 30 by default', wholeNumber('--days', 7, 90))
    .option('--version <n>', 'only this version', wholeNumber('--version', 1, MOST_VERSION))
    .addHelpText(
      'after',
      examples('claviger key schedule-deletion alias/orders --days 30 --reason "service is gone, OPS-9"'),
    );
  command.action(async (key: string, { days, version }: Options) => {
    const { client, io, json } = openSession(command, cli);
    const changed = await client.post<Key>(`${keyPath(key)}/schedule-deletion`, { windowDays: days, version });
    answer(io, json, changed, () => {
      const due = changed.deletionAt === null ? '' : ` on ${shownTime(io, changed.deletionAt)} (${io.timeZone})`;
      return `${subjectOf(changed, version)} will be destroyed${due}. Until then: claviger key cancel-deletion ${changed.keyId}\n`;
    });
  });
};
