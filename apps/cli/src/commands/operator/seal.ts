import { examples } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import type { Seal } from '../../http/api.js';
import { answer } from '../../output/answer.js';
import { openSession } from '../../session.js';

/** `claviger operator seal` */
export const operatorSeal: AddCommand = (parent, cli) => {
  const command = parent
    .command('seal')
    .description('forget the root key: this node answers what runs and ends; it is sealed when it starts again')
    .addHelpText('after', examples('claviger operator seal --reason "suspicion, INC-7"'));
  command.action(async () => {
    const { client, io, json } = openSession(command, cli);
    const { kind } = await client.get<Seal>('/operator/seal');
    await client.post('/operator/seal');
    answer(io, json, { kind, state: 'sealed' }, () =>
      kind === 'keyfile'
        ? 'The service ends. Its key file opens by itself when it starts again: take the file away first, if it must not.\n'
        : 'The service ends, and is sealed when it starts again. `claviger operator unseal` opens it then. Other nodes are not touched.\n',
    );
  });
};
