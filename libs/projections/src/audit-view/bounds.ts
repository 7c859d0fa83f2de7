import { sha256Hex } from '@claviger/crypto';
import type { DecidedOn } from '@claviger/domain';
import type { EntryDetail } from '@claviger/ports';
import type { AuditRow, ExtraValue } from './row.js';

/** Longest text in a searchable column, in UTF-16 units. */
const MOST_TEXT = 512;
const MOST_PROSE = 2_048;
const MOST_CONTEXT_PAIRS = 64;
const MOST_CONTEXT_LENGTH = 16_384;
const MOST_EXTRAS = 64;

function cut(text: string, most: number): string {
  if (text.length <= most) return text.toWellFormed();
  // The digest keeps apart what begins alike: a search for the whole text still finds exactly its rows.
  const digest = sha256Hex(text.toWellFormed()).slice(0, 32);
  return `${text.slice(0, most - 33).toWellFormed()}…${digest}`;
}

/** Bounds a text for a searchable column. A filter's value goes through the same function. */
export const searchable = (text: string): string => cut(text, MOST_TEXT);

export const optionalText = (value: unknown): string | null => (typeof value === 'string' ? searchable(value) : null);

const optionalProse = (value: unknown): string | null => (typeof value === 'string' ? cut(value, MOST_PROSE) : null);

export const optionalVersion = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;

/** End of the year 9999: later times have no ISO 8601 form of the usual length. */
const LATEST = 253_402_300_799_999;

/** Epoch milliseconds in a year that people write, else undefined. */
export const instant = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= LATEST ? value : undefined;

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Undefined for anything that is not a JSON object. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isExtra = (value: unknown): value is ExtraValue =>
  value === null || typeof value === 'boolean' || typeof value === 'string' || Number.isFinite(value);

/** The plain members of an object, bounded in number and length. */
export function extras(value: unknown): Record<string, ExtraValue> {
  if (!isRecord(value)) return {};
  const pairs: [string, ExtraValue][] = [];
  for (const [name, member] of Object.entries(value)) {
    if (pairs.length === MOST_EXTRAS) break;
    if (isExtra(member)) pairs.push([searchable(name), typeof member === 'string' ? searchable(member) : member]);
  }
  // fromEntries, not assignment: a member named __proto__ stays a member.
  return Object.fromEntries(pairs);
}

export function decidedOn(value: unknown): DecidedOn {
  if (!isRecord(value)) return {};
  const members = ['key', 'policy', 'principal'].filter((name) => Number.isSafeInteger(value[name]));
  return Object.fromEntries(members.map((name) => [name, value[name]]));
}

type Personal = Pick<AuditRow, 'principalName' | 'sourceAddress' | 'userAgent' | 'reason' | 'named' | 'context'>;

/** The personal members of a row. `cut` says that the context was larger than what the view keeps. */
export function personal(detail: EntryDetail): { readonly members: Personal; readonly contextCut: boolean } {
  const pairs: [string, string][] = [];
  let contextCut = false;
  if (isRecord(detail.context)) {
    let length = 0;
    for (const [name, value] of Object.entries(detail.context)) {
      if (typeof value !== 'string') continue;
      length += name.length + value.length;
      if (pairs.length === MOST_CONTEXT_PAIRS || length > MOST_CONTEXT_LENGTH) {
        contextCut = true;
        break;
      }
      pairs.push([name.toWellFormed(), value.toWellFormed()]);
    }
  }
  const members = {
    principalName: optionalText(detail.name),
    sourceAddress: optionalText(detail.source),
    userAgent: optionalProse(detail.userAgent),
    reason: optionalProse(detail.reason),
    named: optionalProse(detail.named),
    context: Object.fromEntries(pairs),
  };
  return { members, contextCut };
}
