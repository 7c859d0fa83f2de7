import { JournalDamaged, type RecordedEntry } from '@claviger/ports';
import { damageMark } from '../damage-mark.js';
import type { ReadJournal } from '../read-journal.js';

/** Entries that cannot be read back, first and last. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

export interface JournalPage {
  readonly entries: readonly RecordedEntry[];
  /** Where the journal is damaged: `entries` is then the one mark that stands for the gap. */
  readonly gap?: Gap;
}

/** As `AuditJournal.read`, but undefined where the journal is damaged. */
async function tryRead(
  journal: ReadJournal,
  after: number,
  count: number,
): Promise<readonly RecordedEntry[] | undefined> {
  try {
    return await journal.read(after, count);
  } catch (error) {
    if (error instanceof JournalDamaged) return undefined;
    throw error;
  }
}

/**
 * The next entries after `after`. One damaged record must not hide all that lies behind it: where the journal cannot be read, the page is
 * a mark that says so, and the next page begins behind the damage.
 *
 * @param now time of the mark when nothing readable lies behind
 */
export async function nextPage(journal: ReadJournal, after: number, count: number, now: number): Promise<JournalPage> {
  for (let size = count; size >= 1; size = Math.floor(size / 2)) {
    const entries = await tryRead(journal, after, size);
    if (entries !== undefined) return { entries };
  }
  const head = journal.head();
  const readable = async (from: number): Promise<readonly RecordedEntry[] | undefined> =>
    from >= head ? [] : tryRead(journal, from, 1);
  // Doubling steps find a place behind the damage, halving ones its end.
  let bad = after;
  let step = 1;
  while ((await readable(Math.min(after + step, head))) === undefined) {
    bad = after + step;
    step *= 2;
  }
  let good = Math.min(after + step, head);
  while (good - bad > 1) {
    const middle = Math.floor((good + bad) / 2);
    if ((await readable(middle)) === undefined) bad = middle;
    else good = middle;
  }
  const behind = (await readable(good))?.[0];
  const gap = { from: after + 1, to: good };
  const damaged = `the journal cannot be read from entry ${gap.from} to ${gap.to}`;
  const mark = { sequence: good, at: behind?.at ?? now, node: '-', calls: good - after, damaged };
  return { entries: [damageMark(mark)], gap };
}
