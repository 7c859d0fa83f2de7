import { examples, KEY_ARGUMENT, keyPath, wholeNumber } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import type { HistoryItem } from '../../http/api.js';
import type { Page } from '../../http/client.js';
import { answer } from '../../output/answer.js';
import { more } from '../../output/more.js';
import { table } from '../../output/table.js';
import { shownTime, timeHead } from '../../output/time.js';
import { openSession } from '../../session.js';

/** `claviger key history` */
export const keyHistory: AddCommand = (parent, cli) => {
  const command = parent
    .command('history')
    .description('everything that happened to a key, oldest first, with who and why')
    .argument('<key>', KEY_ARGUMENT)
    .option('--limit <n>', 'at most so many; 50 by default', wholeNumber('--limit', 1, 500))
    .option('--all', 'every one')
    .addHelpText('after', examples('claviger key history alias/orders --all'));
  command.action(async (key: string, { limit, all = false }: { readonly limit?: number; readonly all?: boolean }) => {
    const { client, io, json } = openSession(command, cli);
    const query = { limit: limit ?? (all ? 500 : undefined) };
    const page = await client.list<Page<HistoryItem>>(`${keyPath(key)}/history`, query, all);
    answer(io, json, page, () =>
      table(
        page.items,
        [
          { head: timeHead(io), of: ({ at }) => shownTime(io, at) },
          { head: 'WHAT', of: ({ summary }) => summary, flexible: true },
          { head: 'WHO', of: ({ actorName, actor }) => actorName ?? actor },
          { head: 'WHY', of: ({ reason }) => reason, flexible: true },
        ],
        io.width,
      ),
    );
    more(io, page, 'events');
  });
};
