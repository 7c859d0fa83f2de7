import { examples, KEY_ARGUMENT, keyPath } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import type { Alias, Key, KeyThen, Versions } from '../../http/api.js';
import type { Page } from '../../http/client.js';
import type { Io } from '../../io.js';
import { answer } from '../../output/answer.js';
import { table } from '../../output/table.js';
import { shownTime, timeHead } from '../../output/time.js';
import { openSession, type Session } from '../../session.js';
import { MOMENT_FORMS, parseMoment } from '../../time/moment.js';
import { keyFacts, versionTable } from './shown.js';

/** `claviger key show` */
export const keyShow: AddCommand = (parent, cli) => {
  const command = parent
    .command('show')
    .description('a key with its versions, now or as it was at a moment')
    .argument('<key>', KEY_ARGUMENT)
    .option('--at <moment>', `as it was then, and what made it so: ${MOMENT_FORMS}`)
    .addHelpText(
      'after',
      examples('claviger key show alias/orders', 'claviger key show alias/orders --at "2026-11-24 03:00"'),
    );
  command.action(async (key: string, { at }: { readonly at?: string }) => {
    const session = openSession(command, cli);
    await (at === undefined ? showNow(session, key) : showThen(session, key, at));
  });
};

async function showNow({ client, io, json }: Session, name: string): Promise<void> {
  const key = await client.get<Key>(keyPath(name));
  const [{ versions }, aliases] = await Promise.all([
    client.get<Versions>(`${keyPath(key.keyId)}/versions`),
    // A deleted key has none, and is not found by this list.
    key.state === 'Deleted' ? { items: [] } : client.list<Page<Alias>>('/aliases', { key: key.keyId }, true),
  ]);
  const names = aliases.items.map((alias) => alias.name);
  answer(
    io,
    json,
    { ...key, aliases: names, versions },
    () => `${keyFacts(io, key, names)}\n${versionTable(io, versions)}`,
  );
}

async function showThen({ client, io, json }: Session, name: string, at: string): Promise<void> {
  const moment = parseMoment('--at', at, { now: io.clock.now(), timeZone: io.timeZone });
  const then = await client.get<KeyThen>(keyPath(name), { at: new Date(moment).toISOString() });
  answer(
    io,
    json,
    then,
    () =>
      `As of ${shownTime(io, then.at)} (${io.timeZone}):\n\n${keyFacts(io, then, [])}\n${versionTable(io, then.versions)}\n${eventTable(io, then)}`,
  );
}

const eventTable = (io: Io, { events }: KeyThen): string =>
  table(
    events,
    [
      { head: 'REVISION', of: ({ revision }) => revision, align: 'right' },
      { head: timeHead(io), of: (event) => shownTime(io, event.at) },
      { head: 'EVENT', of: ({ type }) => type },
    ],
    io.width,
  );
