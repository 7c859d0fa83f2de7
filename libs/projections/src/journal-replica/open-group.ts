import type { SecretBytes } from '@claviger/crypto';
import {
  checkGroup,
  type DetailKeys,
  isFault,
  JournalDamaged,
  type JournalKeys,
  parseGroup,
  readGroup,
  type RecordedEntry,
} from '@claviger/ports';
import { damageMark } from '../damage-mark.js';
import type { LocalGroup } from './file.js';

export interface OpenedGroup {
  /** With local sequences. */
  readonly entries: readonly RecordedEntry[];
  /** That opened details: what they opened must not be handed on once they are destroyed. */
  readonly keys: readonly SecretBytes[];
}

/**
 * The entries of a group with a local sequence above `after`.
 * @param detailKeys without them every detail reads as erased
 * @throws JournalDamaged when the file was changed, or a detail does not open; what the detail keys throw
 */
export async function openGroup(
  row: LocalGroup,
  after: number,
  keys: JournalKeys,
  detailKeys: DetailKeys | undefined,
): Promise<OpenedGroup> {
  const { first, entries: count, node, at, content } = row;
  if (content.kind === 'mark') {
    return { entries: first > after ? [damageMark({ sequence: first, at, node, ...content.mark })] : [], keys: [] };
  }
  const { payload, journalId } = content;
  const group = parseGroup(payload);
  const place = group && { next: group.firstSequence, link: group.previousLink };
  // What was verified on its way in lay on a disk since.
  if (
    group === undefined ||
    place === undefined ||
    group.entries !== count ||
    isFault(checkGroup(payload, place, keys))
  ) {
    throw new JournalDamaged(`the copy of the journal of node ${node} was changed`, 0, first);
  }
  const used: SecretBytes[] = [];
  const move = first - group.firstSequence;
  const read = await readGroup(group, after - move, journalId, async ({ account, month, generation }) => {
    const key = await detailKeys?.forReading(account, month, generation);
    if (key !== undefined) used.push(key);
    return key;
  });
  if (read === undefined) throw new JournalDamaged(`a detail record of node ${node} does not open`, 0, first);
  return { entries: read.map((entry) => ({ ...entry, sequence: entry.sequence + move })), keys: used };
}

export function isWiped(key: SecretBytes): boolean {
  try {
    return key.use(() => false);
  } catch {
    return true;
  }
}
