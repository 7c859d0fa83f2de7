import { examples, wholeNumber } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import { Failure, UsageError } from '../../failure.js';
import type { Initialised, Seal } from '../../http/api.js';
import { answer } from '../../output/answer.js';
import { newSecret } from '../../secrets/given.js';
import { secretOptions } from '../../secrets/options.js';
import { openSealSession } from '../../session.js';
import { ALREADY, unlessServing } from './serving.js';
import { nextStep, sharesToHandOut } from './seal-words.js';

interface Options {
  readonly shares?: number;
  readonly threshold?: number;
  readonly passphraseFile?: string;
  readonly passphraseFd?: number;
}

const SHARES = 5;
const THRESHOLD = 3;

/** `claviger operator init` */
export const operatorInit: AddCommand = (parent, cli) => {
  const command = parent
    .command('init')
    .description('make the root key of a service that has none yet; once, and without a token')
    .option('--shares <n>', `shares to hand out (${SHARES})`, wholeNumber('--shares', 2, 255))
    .option('--threshold <m>', `how many of them open the seal (${THRESHOLD})`, wholeNumber('--threshold', 2, 255));
  secretOptions(command, 'passphrase', 'the passphrase').addHelpText(
    'after',
    examples(
      'claviger operator init --shares 5 --threshold 3',
      'claviger operator init --passphrase-file /run/secrets/passphrase',
    ),
  );
  command.action(async ({ shares, threshold, passphraseFile: file, passphraseFd: fd }: Options) => {
    const session = openSealSession(command, cli);
    const { client, io, json } = session;
    const found = await unlessServing(session, () => client.get<Seal>('/operator/seal'));
    if (found === ALREADY || found.state !== 'not-initialised') {
      throw new Failure('The service has its root key already. It is made once, and never anew.');
    }
    const byShares = found.kind === 'shares';
    if (byShares && (file !== undefined || fd !== undefined)) {
      throw new UsageError('This service opens by shares (CLAVIGER_SEAL=shares): no passphrase is taken.');
    }
    if (!byShares && (shares !== undefined || threshold !== undefined)) {
      throw new UsageError('This service opens by a passphrase (CLAVIGER_SEAL=passphrase): there are no shares.');
    }
    const plan = { shares: shares ?? SHARES, threshold: threshold ?? THRESHOLD };
    if (plan.threshold > plan.shares) {
      throw new UsageError(`--threshold must be at most --shares; found ${plan.threshold} of ${plan.shares}.`);
    }
    const passphrase = (): Promise<string> =>
      newSecret(io, { file, fd }, '--passphrase', 'New passphrase, 12 bytes or more');
    const body = byShares ? plan : { passphrase: await passphrase() };
    const made = await client.post<Initialised>('/operator/init', body);
    answer(io, json, made, () => {
      const handOut = made.shares === null ? '' : `${sharesToHandOut(made.shares, plan.threshold)}\n`;
      return `${handOut}The root key was made. ${nextStep(made.seal)}\n`;
    });
  });
};
