import { KEY_ARGUMENT, keyPath } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import type { Versions } from '../../http/api.js';
import { answer } from '../../output/answer.js';
import { openSession } from '../../session.js';
import { versionTable } from './shown.js';

/** `claviger key versions` */
export const keyVersions: AddCommand = (parent, cli) => {
  const command = parent
    .command('versions')
    .description('all versions of a key, with their last use')
    .argument('<key>', KEY_ARGUMENT);
  command.action(async (key: string) => {
    const { client, io, json } = openSession(command, cli);
    const found = await client.get<Versions>(`${keyPath(key)}/versions`);
    answer(io, json, found, () => versionTable(io, found.versions));
  });
};
