import { examples, KEY_ARGUMENT, keyPath, wholeNumber } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import type { Key } from '../../http/api.js';
import { answer } from '../../output/answer.js';
import { openSession } from '../../session.js';
import { MOST_VERSION, subjectOf, type VersionOption } from './version-option.js';

/** `claviger key enable` */
export const keyEnable: AddCommand = (parent, cli) => {
  const command = parent
    .command('enable')
    .description('let a disabled key, or version, be used again')
    .argument('<key>', KEY_ARGUMENT)
    .option('--version <n>', 'only this version', wholeNumber('--version', 1, MOST_VERSION))
    .addHelpText('after', examples('claviger key enable alias/orders'));
  command.action(async (key: string, { version }: VersionOption) => {
    const { client, io, json } = openSession(command, cli);
    const changed = await client.post<Key>(`${keyPath(key)}/enable`, { version });
    answer(io, json, changed, () => `${subjectOf(changed, version)} is enabled; the key is ${changed.state}.\n`);
  });
};
