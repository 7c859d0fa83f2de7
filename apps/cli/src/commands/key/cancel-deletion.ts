import { examples, KEY_ARGUMENT, keyPath, wholeNumber } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import type { Key } from '../../http/api.js';
import { answer } from '../../output/answer.js';
import { openSession } from '../../session.js';
import { MOST_VERSION, subjectOf, type VersionOption } from './version-option.js';

/** `claviger key cancel-deletion` */
export const keyCancelDeletion: AddCommand = (parent, cli) => {
  const command = parent
    .command('cancel-deletion')
    .description('keep a key, or version, that waits for its deletion; it is disabled afterwards')
    .argument('<key>', KEY_ARGUMENT)
    .option('--version <n>', 'only this version', wholeNumber('--version', 1, MOST_VERSION))
    .addHelpText('after', examples('claviger key cancel-deletion 1234abcd-12ab-34cd-56ef-1234567890ab'));
  command.action(async (key: string, { version }: VersionOption) => {
    const { client, io, json } = openSession(command, cli);
    const changed = await client.post<Key>(`${keyPath(key)}/cancel-deletion`, { version });
    answer(io, json, changed, () => `${subjectOf(changed, version)} is kept; the key is ${changed.state}.\n`);
  });
};
