import type { AddCommand } from '../../cli.js';
import { Failure } from '../../failure.js';
import type { RootRotation, Seal } from '../../http/api.js';
import { answer } from '../../output/answer.js';
import { facts } from '../../output/facts.js';
import { openSealSession } from '../../session.js';
import { rotationFacts } from './rotation-words.js';
import { givenWords, nextStep } from './seal-words.js';
import { ALREADY, unlessServing } from './serving.js';

/** `claviger operator status` */
export const operatorStatus: AddCommand = (parent, cli) => {
  const command = parent
    .command('status')
    .description('the seal of the root key; needs no token while it is closed; exit code 1 when it is');
  command.action(async () => {
    const session = openSealSession(command, cli);
    const { client, io, json } = session;
    const seal = await unlessServing(session, () => client.get<Seal>('/operator/seal'));
    if (seal === ALREADY) {
      answer(
        io,
        json,
        { state: 'unsealed' },
        () => 'The seal is open. With a token (CLAVIGER_TOKEN) there is more to see.\n',
      );
      return;
    }
    const open = seal.state === 'unsealed';
    const root = open ? await rotationOf(() => client.get<RootRotation>('/operator/rotate-root')) : null;
    answer(io, json, { ...seal, root }, () => {
      const { shares, rekey } = seal;
      const lines = facts([
        ['seal', `${seal.kind}, ${seal.state}`],
        [
          'set of shares',
          shares === null ? null : `${shares.set} (${shares.threshold} of ${shares.shares} are needed)`,
        ],
        ['given', shares === null ? null : givenWords(shares)],
        ['rekey', rekey === null ? null : `${rekey.step}, set ${rekey.set}: ${givenWords(rekey)}`],
        ...(root === null ? [] : rotationFacts(io, root)),
      ]);
      return `${lines}\n${nextStep(seal)}\n`;
    });
    if (!open) cli.result.code = 1;
  });
};

/** Some seals have no root key that could be exchanged; that is no failure of a status. */
async function rotationOf(ask: () => Promise<RootRotation>): Promise<RootRotation | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}
