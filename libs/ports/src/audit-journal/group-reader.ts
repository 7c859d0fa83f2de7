import { openXChaCha, type SecretBytes } from '@claviger/crypto';
import type { RecordedEntry } from './contract.js';
import { type DetailRecord, detailAad, type Group } from './group-format.js';

/** Finds the key of a detail record; undefined when it was destroyed. */
export type FindDetailKey = (record: DetailRecord) => Promise<SecretBytes | undefined>;

/** Texts of one detail record, in the order of the entries that name it; undefined when it does not open. Total. */
function openDetail(record: DetailRecord, key: SecretBytes, journalId: Uint8Array): string[] | 'erased' | undefined {
  let opened: Uint8Array | undefined;
  try {
    opened = key.use((bytes) => openXChaCha(bytes, record.sealed, detailAad(journalId, record.bytes)));
  } catch {
    return 'erased'; // wiped between finding and using it
  }
  if (opened === undefined) return undefined;
  const plain = Buffer.from(opened.buffer, opened.byteOffset, opened.length);
  const texts: string[] = [];
  let at = 0;
  while (at + 4 <= plain.length) {
    const end = at + 4 + plain.readUInt32BE(at);
    if (end > plain.length) return undefined;
    texts.push(plain.toString('utf8', at + 4, end));
    at = end;
  }
  return at === plain.length && texts.length === record.entries ? texts : undefined;
}

/**
 * The entries of a group with a sequence above `after`.
 * `undefined` when a detail record does not open under its own key: the group was changed.
 */
export async function readGroup(
  group: Group,
  after: number,
  journalId: Uint8Array,
  findKey: FindDetailKey,
): Promise<RecordedEntry[] | undefined> {
  const details: (string[] | 'erased')[] = [];
  for (const record of group.details) {
    const key = await findKey(record);
    const texts = key === undefined ? 'erased' : openDetail(record, key, journalId);
    if (texts === undefined) return undefined;
    details.push(texts);
  }
  const next = details.map(() => 0);
  const entries: RecordedEntry[] = [];
  for (const { sequence, account, at, open, detail: index } of group.entryRecords) {
    let detail = '';
    let erased = false;
    if (index >= 0) {
      const texts = details[index];
      const place = next[index] ?? 0;
      next[index] = place + 1;
      erased = texts === 'erased';
      const found = texts === 'erased' ? '' : texts?.[place];
      if (found === undefined) return undefined;
      detail = found;
    }
    if (sequence > after) entries.push({ sequence, account, at, open, detail, erased });
  }
  return entries;
}
