import { KEY_SPECS } from '@claviger/domain';
import { examples, KEY_ARGUMENT, keyPath, oneOf } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import type { Key } from '../../http/api.js';
import { answer } from '../../output/answer.js';
import { openSession } from '../../session.js';

/** `claviger key rotate` */
export const keyRotate: AddCommand = (parent, cli) => {
  const command = parent
    .command('rotate')
    .description('make a new active version; what the old one encrypted stays readable')
    .argument('<key>', KEY_ARGUMENT)
    .option('--spec <spec>', 'algorithm of the new version, of the same kind', oneOf('--spec', KEY_SPECS))
    .addHelpText('after', examples('claviger key rotate alias/orders --reason "quarterly, OPS-7"'));
  command.action(async (key: string, { spec }: { readonly spec?: string }) => {
    const { client, io, json } = openSession(command, cli);
    const changed = await client.post<Key>(`${keyPath(key)}/rotate`, { spec });
    answer(io, json, changed, () => `${changed.keyId}: version ${changed.activeVersion ?? '-'} is active now.\n`);
  });
};
