import { examples, KEY_ARGUMENT, keyPath, wholeNumber } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import type { Key } from '../../http/api.js';
import { answer } from '../../output/answer.js';
import { openSession } from '../../session.js';
import { MOST_VERSION, subjectOf, type VersionOption } from './version-option.js';

/** `claviger key disable` */
export const keyDisable: AddCommand = (parent, cli) => {
  const command = parent
    .command('disable')
    .description('stop every use of a key, or of one version, until it is enabled again')
    .argument('<key>', KEY_ARGUMENT)
    .option('--version <n>', 'only this version', wholeNumber('--version', 1, MOST_VERSION))
    .addHelpText('after', examples('claviger key disable alias/orders --reason "suspicious use, INC-3"'));
  command.action(async (key: string, { version }: VersionOption) => {
    const { client, io, json } = openSession(command, cli);
    const changed = await client.post<Key>(`${keyPath(key)}/disable`, { version });
    answer(io, json, changed, () => `${subjectOf(changed, version)} is disabled; the key is ${changed.state}.\n`);
  });
};
