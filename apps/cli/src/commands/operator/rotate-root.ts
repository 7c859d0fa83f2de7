import { examples, several } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import { Failure } from '../../failure.js';
import type { RootRotation } from '../../http/api.js';
import { answer } from '../../output/answer.js';
import { facts } from '../../output/facts.js';
import { Progress } from '../../output/progress.js';
import { openSession } from '../../session.js';
import { rotationFacts } from './rotation-words.js';

interface Options {
  readonly acceptUnreadable?: readonly string[];
  readonly wait: boolean;
}

const EVERY_MS = 250;

/** `claviger operator rotate-root` */
export const operatorRotateRoot: AddCommand = (parent, cli) => {
  const command = parent
    .command('rotate-root')
    .description('exchange the root key: everything is wrapped anew; goes on by itself, also after a restart')
    .option(
      '--accept-unreadable <reference>',
      'give up a record that opens under neither root key; several times for several',
      several,
    )
    .option('--no-wait', 'return as soon as it has begun')
    .addHelpText('after', examples('claviger operator rotate-root --reason "yearly, OPS-12"'));
  command.action(async ({ acceptUnreadable, wait }: Options) => {
    const { client, io, json } = openSession(command, cli);
    const progress = new Progress(io, 'wrapping anew');
    let now = await client.post<RootRotation>(
      '/operator/rotate-root',
      acceptUnreadable === undefined ? {} : { acceptUnreadable },
    );
    try {
      while (wait && now.step === 'running') {
        progress.show(now.done, now.of);
        await io.sleep(EVERY_MS);
        now = await client.get<RootRotation>('/operator/rotate-root');
      }
    } finally {
      progress.end();
    }
    if (now.step === 'held-up' || now.step === 'failed') throw new Failure(problemOf(now), now);
    answer(io, json, now, () => `${facts(rotationFacts(io, now))}\n${next(now)}\n`);
  });
};

function next({ step }: RootRotation): string {
  return step === 'finished'
    ? 'Backups from before open only with a copy of the seal file from before: keep it as long as them.'
    : 'It goes on by itself; `claviger operator status` shows how far it is. Make a new copy of the seal file.';
}

function problemOf({ step, unreadable, problem }: RootRotation): string {
  if (step === 'failed') return `A pass failed and is begun again by itself: ${problem ?? 'the log says why'}`;
  return `These records open under neither root key, so the former one is kept: ${unreadable.join(', ')}. Restore them from a backup, or give them up with --accept-unreadable.`;
}
