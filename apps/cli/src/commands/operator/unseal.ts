import { examples } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import { Failure, UsageError } from '../../failure.js';
import type { Seal } from '../../http/api.js';
import { answer } from '../../output/answer.js';
import { givenSecret } from '../../secrets/given.js';
import { secretOptions } from '../../secrets/options.js';
import { openSealSession } from '../../session.js';
import { givenWords, nextStep } from './seal-words.js';
import { ALREADY, unlessServing } from './serving.js';

interface Options {
  readonly passphraseFile?: string;
  readonly passphraseFd?: number;
  readonly shareFile?: string;
  readonly shareFd?: number;
  readonly forget?: boolean;
}

/** `claviger operator unseal` */
export const operatorUnseal: AddCommand = (parent, cli) => {
  const command = parent
    .command('unseal')
    .description('give the passphrase, or one share, to a sealed service; needs no token, one goes on record with it')
    .option('--forget', 'forget the shares given so far instead');
  secretOptions(command, 'passphrase', 'the passphrase');
  secretOptions(command, 'share', 'one share').addHelpText(
    'after',
    examples(
      'claviger operator unseal',
      'claviger operator unseal --share-file ~/claviger.share',
      'pass claviger | claviger operator unseal',
    ),
  );
  command.action(async (options: Options) => {
    const session = openSealSession(command, cli);
    const { client, io, json } = session;
    const found = await unlessServing(session, () => client.get<Seal>('/operator/seal'));
    if (found === ALREADY || found.state === 'unsealed' || found.state === 'starting') {
      const state = found === ALREADY ? 'unsealed' : found.state;
      answer(io, json, found === ALREADY ? { state } : found, () => 'The seal is open already. Nothing to do.\n');
      return;
    }
    if (found.state === 'not-initialised') {
      throw new Failure('There is no root key yet. `claviger operator init` makes it.', found);
    }
    const now =
      options.forget === true
        ? await client.post<Seal>('/operator/unseal/forget')
        : await client.post<Seal>('/operator/unseal', await secretFor(found));
    answer(io, json, now, () => `${outcome(now, options.forget === true)}${nextStep(now)}\n`);

    async function secretFor({ shares }: Seal): Promise<object> {
      const { passphraseFile, passphraseFd, shareFile, shareFd } = options;
      const [byShare, byPassphrase] = [shareFile ?? shareFd, passphraseFile ?? passphraseFd];
      if (shares === null) {
        if (byShare !== undefined)
          throw new UsageError('This seal opens by a passphrase: use --passphrase-file or --passphrase-fd.');
        const place = { file: passphraseFile, fd: passphraseFd };
        return { passphrase: await givenSecret(io, place, '--passphrase', 'Passphrase') };
      }
      if (byPassphrase !== undefined)
        throw new UsageError('This seal opens by shares: use --share-file or --share-fd.');
      return {
        share: await givenSecret(io, { file: shareFile, fd: shareFd }, '--share', `A share of the set ${shares.set}`),
      };
    }
  });
};

function outcome(now: Seal, forgot: boolean): string {
  if (forgot) return 'Forgotten. ';
  if (now.state !== 'sealed') return 'The seal is open. ';
  return now.shares === null ? '' : `Taken: ${givenWords(now.shares)}. `;
}
