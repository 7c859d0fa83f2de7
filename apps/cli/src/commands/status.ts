import type { AddCommand } from '../cli.js';
import type { Status } from '../http/api.js';
import { answer } from '../output/answer.js';
import { facts } from '../output/facts.js';
import { openSession } from '../session.js';

/** `claviger status` */
export const status: AddCommand = (parent, cli) => {
  const command = parent.command('status').description('how the service is; exit code 1 when it cannot serve calls');
  command.action(async () => {
    const { client, io, json } = openSession(command, cli);
    const found = await client.get<Status>('/status');
    answer(io, json, found, () => facts(factsOf(found)));
    if (found.notReady.length > 0) cli.result.code = 1;
  });
};

function factsOf(found: Status): Parameters<typeof facts>[0] {
  const { journal, keyState, auditView, holds } = found;
  return [
    ['ready', found.notReady.length === 0 ? 'yes' : ['no', ...found.notReady]],
    ['profile', `${found.profile}, role ${found.role}, node ${found.node}`],
    ['account', found.account],
    ['regions', found.regions.join(', ')],
    ['keys kept by', found.token === null ? found.hsm : [`${found.hsm} (SOFTWARE)`, ...tokenWords(found.token)]],
    ['root key kept by', found.seal],
    ['event store', `position ${found.store.position}`],
    ['audit journal', `entry ${journal.head}${journal.writable ? '' : ', cannot be written'}`],
    [
      'key state',
      keyState.following ? lag(keyState.behind === '0', `${keyState.behind} positions behind`) : 'does not follow',
    ],
    [
      'audit view',
      lag(
        auditView.behindJournal + auditView.behindStore === 0,
        `${auditView.behindJournal} entries and ${auditView.behindStore} positions behind`,
      ),
    ],
    ['out of use', found.outOfUse === 0 ? null : `${found.outOfUse} resources; see \`claviger doctor\``],
    [
      'held',
      holds.flatMap(({ kind, stops, findings }) => [
        `${kind}: ${stops} waits`,
        ...findings.map((finding) => `  ${finding}`),
      ]),
    ],
    ['', holds.length === 0 ? null : 'See `claviger operator report`.'],
  ];
}

function tokenWords({ label, serial, state, lacks }: NonNullable<Status['token']>): readonly string[] {
  const name = `token ${label}${serial === null ? '' : `, serial ${serial}`} (HSM)`;
  return [
    state.kind === 'ready' ? name : `${name}: does not answer: ${state.why ?? 'no reason is known'}`,
    ...lacks.map((lack) => `  lacks ${lack}`),
  ];
}

const lag = (none: boolean, some: string): string => (none ? 'up to date' : some);
