import { examples, oneOf, pair, several, wholeNumber } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import { UsageError } from '../../failure.js';
import type { AuditRecord } from '../../http/api.js';
import type { Page, QueryValues } from '../../http/client.js';
import type { Io } from '../../io.js';
import { answer } from '../../output/answer.js';
import { more } from '../../output/more.js';
import { table } from '../../output/table.js';
import { shownTime, timeHead } from '../../output/time.js';
import { openSession } from '../../session.js';
import { MOMENT_FORMS, parseMoment } from '../../time/moment.js';

interface Options {
  readonly key?: string;
  readonly version?: number;
  readonly operation?: string;
  readonly principal?: string;
  readonly result?: string;
  readonly source?: string;
  readonly request?: string;
  readonly context?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly oldest?: boolean;
  readonly limit?: number;
  readonly all?: boolean;
}

interface AuditPage extends Page<AuditRecord> {
  readonly complete: boolean;
  readonly behind: { readonly journal: number; readonly store: string } | null;
}

/** `claviger audit search` */
export const auditSearch: AddCommand = (parent, cli) => {
  const command = parent
    .command('search')
    .description('who did what, when, to which key, from where, with what result; newest first')
    .option('--key <key>', 'key id, ARN or alias/<name>')
    .option('--version <n>', 'version of the key', wholeNumber('--version', 1, 4_294_967_295))
    .option('--operation <name>', 'operation, like Decrypt or RotateKey')
    .option('--principal <name>', 'name or id of who called')
    .option('--result <result>', 'success, denied or failure', oneOf('--result', ['success', 'denied', 'failure']))
    .option('--source <address>', 'address that the call came from; 10.1.* for all that begin so')
    .option('--request <id>', 'id of the request')
    .option('--context <key=value>', 'pair of the encryption context; may be repeated', several)
    .option('--since <moment>', `from then on: ${MOMENT_FORMS}`)
    .option('--until <moment>', 'up to then; a time of day or weekday is the first one after --since')
    .option('--oldest', 'oldest first')
    .option('--limit <n>', 'at most so many; 50 by default', wholeNumber('--limit', 1, 500))
    .option('--all', 'every one')
    .addHelpText(
      'after',
      examples(
        'claviger audit search --key alias/orders --operation Decrypt --since "tuesday 03:00" --until 04:00',
        'claviger audit search --result denied --since 24h',
        'claviger audit search --principal orders-app --context tenant=42 --since 2026-11-01 --all --json',
      ),
    );
  command.action(async (options: Options) => {
    const { client, io, json } = openSession(command, cli);
    const page = await client.list<AuditPage>('/audit', queryOf(options, io), options.all === true);
    answer(io, json, page, () =>
      page.items.length === 0 ? 'No such call is on record.\n' : recordTable(io, page.items),
    );
    more(io, page, 'records');
    if (!page.complete) {
      const { journal = 0, store = '0' } = page.behind ?? {};
      io.err(
        `Not everything was looked at: the newest ${journal} entries and ${store} positions are still being taken in.\n`,
      );
    }
  });
};

function queryOf(options: Options, io: Io): QueryValues {
  const here = { now: io.clock.now(), timeZone: io.timeZone };
  const from = options.since === undefined ? undefined : parseMoment('--since', options.since, here);
  const to = options.until === undefined ? undefined : parseMoment('--until', options.until, here, from);
  if (from !== undefined && to !== undefined && to <= from) {
    throw new UsageError(`--until must be later than --since; found ${iso(from)} to ${iso(to)}.`);
  }
  const { key, version, operation, principal, result, source, request, context = [], oldest, limit, all } = options;
  const pairs = context.map((text) => {
    const [name, value] = pair('--context', text);
    return [`context.${name}`, value] as const;
  });
  return {
    key,
    version,
    operation,
    principal,
    result,
    source,
    request,
    from: from === undefined ? undefined : iso(from),
    to: to === undefined ? undefined : iso(to),
    order: oldest === true ? 'oldest' : undefined,
    limit: limit ?? (all === true ? 500 : undefined),
    ...Object.fromEntries(pairs),
  };
}

const iso = (at: number): string => new Date(at).toISOString();

const recordTable = (io: Io, records: readonly AuditRecord[]): string =>
  table(
    records,
    [
      { head: timeHead(io), of: ({ at }) => shownTime(io, at) },
      { head: 'WHO', of: ({ principalName, principal }) => principalName ?? principal ?? '(unknown)' },
      { head: 'OPERATION', of: ({ operation }) => operation },
      { head: 'RESULT', of: ({ result, error }) => (error === null ? result : `${result}: ${error}`) },
      { head: 'KEY', of: ({ named, keyId }) => named ?? keyId, flexible: true },
      { head: 'VERSION', of: ({ version }) => version, align: 'right' },
      { head: 'FROM', of: ({ source }) => source },
      { head: 'CALLS', of: ({ calls }) => (calls === 1 ? null : calls), align: 'right' },
      { head: 'CONTEXT', of: ({ context }) => inWords(context), flexible: true },
      { head: 'DETAILS', of: ({ extra }) => inWords(extra), flexible: true },
      { head: 'WHY', of: ({ reason }) => reason, flexible: true },
    ],
    io.width,
  );

const inWords = (pairs: Readonly<Record<string, string | number | boolean>>): string =>
  Object.entries(pairs)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
