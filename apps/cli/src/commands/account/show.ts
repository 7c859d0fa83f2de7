import type { AddCommand } from '../../cli.js';
import type { Account } from '../../http/api.js';
import { answer } from '../../output/answer.js';
import { openSession } from '../../session.js';
import { accountFacts } from './shown.js';

/** `claviger account show` */
export const accountShow: AddCommand = (parent, cli) => {
  const command = parent.command('show').description('the account, and what its keys get by default');
  command.action(async () => {
    const { client, io, json } = openSession(command, cli);
    const account = await client.get<Account>('/account');
    answer(io, json, account, () => accountFacts(io, account));
  });
};
