import { examples, wholeNumber } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import { UsageError } from '../../failure.js';
import type { Rekey, Seal } from '../../http/api.js';
import { answer } from '../../output/answer.js';
import { givenSecret, newSecret } from '../../secrets/given.js';
import { secretOptions } from '../../secrets/options.js';
import { openSealSession, openSession, type Session } from '../../session.js';
import { givenWords, sharesToHandOut } from './seal-words.js';

interface Options {
  readonly shares?: number;
  readonly threshold?: number;
  readonly cancel?: boolean;
  readonly shareFile?: string;
  readonly shareFd?: number;
  readonly presentFile?: string;
  readonly presentFd?: number;
  readonly nextFile?: string;
  readonly nextFd?: number;
}

/** `claviger operator rekey` */
export const operatorRekey: AddCommand = (parent, cli) => {
  const command = parent
    .command('rekey')
    .description('another passphrase or other shares for the same root key')
    .option('--shares <n>', 'begin: so many new shares', wholeNumber('--shares', 2, 255))
    .option('--threshold <m>', 'so many of which will be needed', wholeNumber('--threshold', 2, 255))
    .option('--cancel', 'drop a rekey of shares that is under way');
  secretOptions(command, 'share', 'one share: a present one, then the new ones back');
  secretOptions(command, 'present', 'the present passphrase');
  secretOptions(command, 'next', 'the next passphrase').addHelpText(
    'after',
    examples(
      'claviger operator rekey',
      'claviger operator rekey --shares 5 --threshold 3',
      'claviger operator rekey --share-file ~/claviger.share',
    ),
  );
  command.action(async (options: Options) => {
    openSealSession(command, cli); // what is given here must not be read on its way
    const session = openSession(command, cli);
    const seal = await session.client.get<Seal>('/operator/seal');
    if (seal.kind === 'passphrase') return passphrase(session, options);
    if (seal.kind !== 'shares')
      throw new UsageError(`The root key is kept by a ${seal.kind}: there is nothing to rekey.`);
    return shares(session, seal, options);
  });
};

async function passphrase({ client, io, json }: Session, options: Options): Promise<void> {
  const { presentFile, presentFd, nextFile, nextFd } = options;
  const present = await givenSecret(io, { file: presentFile, fd: presentFd }, '--present', 'Present passphrase');
  const next = await newSecret(io, { file: nextFile, fd: nextFd }, '--next', 'Next passphrase, 12 bytes or more');
  await client.post('/operator/rekey/passphrase', { present, next });
  answer(
    io,
    json,
    { done: true },
    () =>
      'The next passphrase counts from now on. Copies of the seal file from before still open by the former one: after a suspicion, exchange the root key too (`claviger operator rotate-root`).\n',
  );
}

async function shares({ client, io, json }: Session, seal: Seal, options: Options): Promise<void> {
  const { shares: number, threshold, cancel = false, shareFile: file, shareFd: fd } = options;
  if (cancel) {
    const dropped = await client.post<Rekey>('/operator/rekey/cancel');
    return answer(io, json, dropped, () => 'Dropped. The present shares stay.\n');
  }
  if ((number === undefined) !== (threshold === undefined))
    throw new UsageError('--shares and --threshold belong together.');
  if (number !== undefined) {
    const begun = await client.post<Rekey>('/operator/rekey/shares', { shares: number, threshold });
    return answer(io, json, begun, () => inWords(begun));
  }
  if (seal.rekey === null)
    throw new UsageError('No rekey is under way. Begin one: claviger operator rekey --shares 5 --threshold 3');
  const prompt = `A ${seal.rekey.step === 'authorising' ? 'present' : 'new'} share, of the set ${seal.rekey.set}`;
  const share = await givenSecret(io, { file, fd }, '--share', prompt);
  const now = await client.post<Rekey>('/operator/rekey/share', { share });
  answer(io, json, now, () => inWords(now));
}

function inWords({ rekey, newShares, done }: Rekey): string {
  if (done) {
    return 'The new shares count from now on. Copies of the seal file from before still open by the former ones: after a suspicion, exchange the root key too (`claviger operator rotate-root`).\n';
  }
  if (rekey === null) return 'No rekey is under way.\n';
  if (newShares !== null) {
    return `${sharesToHandOut(newShares, rekey.threshold)}\nThey count once ${rekey.threshold} of them were given back: \`claviger operator rekey\`, each by whoever has it. Until then the present ones stay.\n`;
  }
  const which = rekey.step === 'authorising' ? 'present' : 'new';
  return `The ${which} shares (set ${rekey.set}): ${givenWords(rekey)}. \`claviger operator rekey\` takes the next one.\n`;
}
