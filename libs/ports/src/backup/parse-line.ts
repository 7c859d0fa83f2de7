import { isAnchorState } from '../anchor/anchor-change.js';
import { isSealedKind } from '../sealed-store/contract.js';
import { BACKUP_FORMAT, BACKUP_VERSION, type BackupCounts, type BackupLine } from './lines.js';

type Fields = Readonly<Record<string, unknown>>;

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const HEX_64 = /^[0-9a-f]{64}$/;
const DIGITS = /^\d{1,20}$/;

/** The line that a text is; undefined for what is none. Total. */
export function parseBackupLine(text: string): BackupLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields: Fields = { ...value };
  const { kind } = fields;
  if (typeof kind !== 'string' || !Object.hasOwn(CHECKS, kind)) return undefined;
  return CHECKS[kind as BackupLine['kind']](fields) ? (fields as unknown as BackupLine) : undefined;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.isWellFormed();
const isBytes = (value: unknown): boolean => typeof value === 'string' && BASE64.test(value);
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const matches = (pattern: RegExp, value: unknown): boolean => typeof value === 'string' && pattern.test(value);

const CHECKS: Readonly<Record<BackupLine['kind'], (fields: Fields) => boolean>> = {
  header: ({ format, version, account, regions, profile, node, madeAt, position, journal, anchor }) =>
    format === BACKUP_FORMAT &&
    version === BACKUP_VERSION &&
    matches(/^\d{12}$/, account) &&
    Array.isArray(regions) &&
    regions.length > 0 &&
    regions.every(isText) &&
    isText(profile) &&
    isText(node) &&
    isText(madeAt) &&
    !Number.isNaN(Date.parse(madeAt)) &&
    matches(DIGITS, position) &&
    isJournalPlace(journal) &&
    (anchor === null || isAnchorState(anchor)),
  event: isEvent,
  'journal-event': isEvent,
  sealed: ({ reference, sealed, wrappedKey, blob, about }) =>
    isText(reference) && isSealedKind(sealed) && isBytes(wrappedKey) && isBytes(blob) && isText(about),
  file: ({ folder, name }) => (folder === 'journal' || folder === 'anchor') && isText(name),
  bytes: ({ bytes }) => isBytes(bytes),
  end: ({ counts, sha256, mac }) => isCounts(counts) && matches(HEX_64, sha256) && matches(HEX_64, mac),
};

function isEvent({ stream, revision, id, type, schemaVersion, data, metadata, mac }: Fields): boolean {
  return (
    isText(stream) &&
    isCount(revision) &&
    isText(id) &&
    isText(type) &&
    isCount(schemaVersion) &&
    isText(data) &&
    isText(metadata) &&
    isBytes(mac)
  );
}

function isJournalPlace(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { sequence, link }: Fields = { ...value };
  return isCount(sequence) && matches(HEX_64, link);
}

const COUNTED: readonly (keyof BackupCounts)[] = ['events', 'journalEvents', 'sealed', 'files', 'destroyed'];

function isCounts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Fields = { ...value };
  return COUNTED.every((name) => isCount(fields[name]));
}
