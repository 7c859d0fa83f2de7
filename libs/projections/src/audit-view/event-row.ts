import { parseInstant } from '@claviger/domain';
import { parseEntryDetail, type EventRecord } from '@claviger/ports';
import {
  decidedOn,
  extras,
  isRecord,
  optionalText,
  optionalVersion,
  parseObject,
  personal,
  searchable,
} from './bounds.js';
import { type AuditRow, DAMAGED, NO_ACCOUNT } from './row.js';

/** What the view needs of a stored event. */
export type AuditedEvent = Pick<
  EventRecord,
  'stream' | 'revision' | 'position' | 'type' | 'data' | 'metadata' | 'damaged'
>;

const SCOPED = /^(key|uses|alias)-(\d{12})-([a-z]+(?:-[a-z]+)*-\d+)-(.+)$/s;
// For regions that are not named as AWS names them: the id is recognised from its end.
const KEYED = /^(key|uses)-(\d{12})-(.+)-(mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:-\d+)?$/s;
const ACCOUNT = /^\d{12}$/;

/** Members of event data that tell an auditor what was changed. A list of names, so that a new member shows up here only when somebody wants it. */
const TELLING: readonly string[] = (
  'accessKeyId administrator approval block dataClass deletionAt description environment expiresAt from idleSince kind level method ' +
  'occurredAt origin owner period principalId purgeProtection returned rollbackWindow spec to tokenId total trigger until usage windowDays'
).split(' ');

interface Scope {
  readonly account: string | null;
  readonly region: string | null;
  readonly keyId: string | null;
  readonly alias: string | null;
}

function scopeOf(stream: string): Scope {
  const [, category, account, region, rest] = SCOPED.exec(stream) ?? KEYED.exec(stream) ?? [];
  if (account === undefined || region === undefined || rest === undefined) {
    return { account: null, region: null, keyId: null, alias: null };
  }
  if (category === 'alias') return { account, region, keyId: null, alias: rest };
  // The stream of uses names the version after the key.
  const keyId = category === 'uses' && SCOPED.test(stream) ? rest.replace(/-\d+$/, '') : rest;
  return { account, region, keyId, alias: null };
}

/** Aliases name their key in their data. */
const keyInData = (data: Readonly<Record<string, unknown>>, type: string): string | null =>
  optionalText(data['keyId']) ?? (type === 'AliasRetargeted' ? optionalText(data['to']) : null);

function versionsOf(stream: string, type: string, data: Readonly<Record<string, unknown>>): readonly number[] {
  if (type === 'KeyCreated') return [1];
  const uses = /^uses-.*-(\d+)$/s.exec(stream)?.[1];
  const listed: readonly unknown[] = Array.isArray(data['versions']) ? data['versions'] : [];
  const from = type.startsWith('Version') ? data['from'] : null;
  const found = [data['version'], from, uses === undefined ? null : Number(uses), ...listed.slice(0, 256)];
  return [...new Set(found.map(optionalVersion).filter((version) => version !== null))];
}

/**
 * The row of an event. Total: whatever cannot be read, or does not verify, becomes a row that says so.
 *
 * @param detail opened detail; empty (or `{}`) when there is none or it was erased; null when it is there but cannot be opened
 * @param fallbackAt time of a row whose event does not tell its own
 */
export function rowOfEvent(record: AuditedEvent, detail: string | null, fallbackAt: number): AuditRow {
  const metadata = parseObject(record.metadata);
  const data = parseObject(record.data);
  const scope = scopeOf(record.stream);
  const at = typeof metadata?.['occurredAt'] === 'string' ? parseInstant(metadata['occurredAt']) : undefined;
  const notes: Record<string, string | boolean> = {};
  if (record.damaged === true) notes['damaged'] = 'the event does not verify';
  else if (metadata === undefined || data === undefined || at === undefined || at < 0) {
    notes['damaged'] = 'the event is not of a known format';
  }
  if (detail === null) notes['detailUnreadable'] = true;
  if (scope.alias !== null) notes['alias'] = searchable(scope.alias);
  const opened = parseEntryDetail(detail ?? '');
  const { members, contextCut } = personal(opened);
  if (contextCut) notes['contextCut'] = true;

  const claimed = optionalText(metadata?.['account']);
  const versions = versionsOf(record.stream, record.type, data ?? {});
  const damaged = notes['damaged'] !== undefined;
  return {
    at: at !== undefined && at >= 0 ? at : fallbackAt,
    source: 'event',
    position: record.position.toString(),
    requestId: optionalText(metadata?.['requestId']) ?? '',
    // The stream is what was changed; who changed it may belong to no account at all.
    account: scope.account ?? (claimed !== null && ACCOUNT.test(claimed) ? claimed : NO_ACCOUNT),
    region: scope.region ?? optionalText(data?.['region']),
    principal: optionalText(metadata?.['actor']) || null,
    operation: optionalText(metadata?.['operation']) ?? '-',
    protocol: optionalText(metadata?.['protocol']) ?? '-',
    result: damaged ? 'failure' : 'success',
    error: damaged ? DAMAGED : null,
    keyId: optionalText(scope.keyId) ?? keyInData(data ?? {}, record.type),
    version: versions.length === 1 || record.type.startsWith('Version') ? (versions[0] ?? null) : null,
    versions,
    ...members,
    eventTypes: [searchable(record.type)],
    node: optionalText(metadata?.['node']),
    decidedOn: decidedOn(metadata?.['decidedOn']),
    calls: 1,
    erased: detail !== null && Object.keys(opened).length === 0 && typeof metadata?.['detail'] === 'string',
    extra: { ...extras(pick(data)), ...notes },
  };
}

function pick(data: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  if (!isRecord(data)) return {};
  return Object.fromEntries(TELLING.filter((name) => Object.hasOwn(data, name)).map((name) => [name, data[name]]));
}
