import { DATA_CLASSES, KEY_SPECS, KEY_USAGES } from '@claviger/domain';
import { examples, oneOf, wholeNumber } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import type { Key } from '../../http/api.js';
import type { Page } from '../../http/client.js';
import { answer } from '../../output/answer.js';
import { more } from '../../output/more.js';
import { table } from '../../output/table.js';
import { openSession } from '../../session.js';

const STATES = ['Enabled', 'Disabled', 'PendingDeletion', 'Deleted'] as const;

interface Options {
  readonly environment?: string;
  readonly dataClass?: string;
  readonly usage?: string;
  readonly spec?: string;
  readonly state?: string;
  readonly owner?: string;
  readonly limit?: number;
  readonly all?: boolean;
}

/** `claviger key list` */
export const keyList: AddCommand = (parent, cli) => {
  const command = parent
    .command('list')
    .description('keys, in the order of their ids')
    .option('--environment <name>', 'only of this environment')
    .option('--data-class <class>', 'only of this data class', oneOf('--data-class', DATA_CLASSES))
    .option('--usage <usage>', 'only for this purpose', oneOf('--usage', KEY_USAGES))
    .option('--spec <spec>', 'only of this algorithm', oneOf('--spec', KEY_SPECS))
    .option('--state <state>', `only in this state: ${STATES.join(', ')}`, oneOf('--state', STATES))
    .option('--owner <name>', 'only of this owner')
    .option('--limit <n>', 'at most so many; 50 by default', wholeNumber('--limit', 1, 500))
    .option('--all', 'every one')
    .addHelpText(
      'after',
      examples('claviger key list --environment prod --state Disabled', 'claviger key list --all --json'),
    );
  command.action(async ({ all = false, limit, ...filter }: Options) => {
    const { client, io, json } = openSession(command, cli);
    const page = await client.list<Page<Key>>('/keys', { ...filter, limit: limit ?? (all ? 500 : undefined) }, all);
    answer(io, json, page, () => keyTable(page.items, io.width));
    more(io, page, 'keys');
  });
};

const keyTable = (keys: readonly Key[], width: number | undefined): string =>
  table(
    keys,
    [
      { head: 'KEY ID', of: ({ keyId }) => keyId },
      { head: 'STATE', of: ({ state }) => state },
      { head: 'SPEC', of: ({ spec }) => spec },
      { head: 'VERSION', of: ({ activeVersion }) => activeVersion, align: 'right' },
      { head: 'ENVIRONMENT', of: ({ environment }) => environment },
      { head: 'CLASS', of: ({ dataClass }) => dataClass },
      { head: 'OWNER', of: ({ owner }) => owner, flexible: true },
      { head: 'DESCRIPTION', of: ({ description }) => description, flexible: true },
    ],
    width,
  );
