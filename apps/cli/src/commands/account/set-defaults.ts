import { DATA_CLASSES, PROTECTION_LEVELS } from '@claviger/domain';
import { examples, oneOf } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import { UsageError } from '../../failure.js';
import type { Account } from '../../http/api.js';
import { answer } from '../../output/answer.js';
import { openSession } from '../../session.js';
import { accountFacts } from './shown.js';

interface Options {
  readonly environment?: string;
  readonly dataClass?: string;
  readonly protectionLevel?: string;
}

/** `claviger account set-defaults` */
export const accountSetDefaults: AddCommand = (parent, cli) => {
  const command = parent
    .command('set-defaults')
    .description('what later keys get whose creators name nothing; keys that exist keep what they have')
    .option('--environment <name>', 'environment, like prod')
    .option('--data-class <class>', DATA_CLASSES.join(', '), oneOf('--data-class', DATA_CLASSES))
    .option(
      '--protection-level <level>',
      'SOFTWARE, or HSM: made in the token',
      oneOf('--protection-level', PROTECTION_LEVELS),
    )
    .addHelpText('after', examples('claviger account set-defaults --protection-level HSM'));
  command.action(async ({ environment, dataClass, protectionLevel }: Options) => {
    if (environment === undefined && dataClass === undefined && protectionLevel === undefined) {
      throw new UsageError('Nothing is named that is to change: --environment, --data-class or --protection-level.');
    }
    const { client, io, json } = openSession(command, cli);
    const account = await client.put<Account>('/account/defaults', { environment, dataClass, protectionLevel });
    answer(io, json, account, () => accountFacts(io, account));
  });
};
