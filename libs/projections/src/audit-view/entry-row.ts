import { parseEntryDetail, parseOpenEntry, type RecordedEntry } from '@claviger/ports';
import { decidedOn, extras, instant, optionalText, optionalVersion, personal, searchable } from './bounds.js';
import { auditRow, type AuditRow, DAMAGED, NO_ACCOUNT } from './row.js';

const ACCOUNT = /^\d{12}$/;

/** The row of a journal entry. Total: an entry that cannot be read becomes a row that says so. */
export function rowOfEntry(entry: RecordedEntry): AuditRow {
  const open = parseOpenEntry(entry.open);
  const account = ACCOUNT.test(entry.account) ? entry.account : NO_ACCOUNT;
  const at = instant(entry.at) ?? 0;
  const position = String(entry.sequence);
  if (open === undefined) {
    return damaged(at, position, account, 'the entry is not of a known format');
  }
  const { result } = open;
  if (result !== 'success' && result !== 'denied' && result !== 'failure') {
    return damaged(at, position, account, 'the entry has no known result');
  }
  const { members, contextCut } = personal(parseEntryDetail(entry.detail));
  const version = optionalVersion(open.version);
  const extra = extras(open.extra);
  return {
    at,
    source: 'journal',
    position,
    requestId: searchable(open.id),
    account,
    region: optionalText(open.region),
    principal: optionalText(open.principal) || null,
    operation: searchable(open.operation),
    protocol: searchable(open.protocol),
    result,
    error: optionalText(open.error),
    keyId: optionalText(open.key),
    version,
    versions: version === null ? [] : [version],
    ...members,
    eventTypes: [],
    node: searchable(open.node),
    decidedOn: decidedOn(open.decidedOn),
    calls: optionalVersion(open.calls) ?? 1,
    erased: entry.erased,
    extra: contextCut ? { ...extra, contextCut: true } : extra,
  };
}

const damaged = (at: number, position: string, account: string, what: string): AuditRow =>
  auditRow(
    { at, source: 'journal', position, requestId: '', account, operation: '-', protocol: '-', result: 'failure' },
    { error: DAMAGED, extra: { damaged: what } },
  );
