import type { Anchor } from '@claviger/ports';
import type { KeyState, MaterialPlace } from '@claviger/projections';

const PAGE = 1_000;
/** So many are named; the rest is counted. */
const MOST_NAMED = 50;

/** Keys and versions that the anchor has seen and the data lacks, sentence by sentence. */
export async function missingVersions(
  anchor: Pick<Anchor, 'versionMarks'>,
  keyState: Pick<KeyState, 'listMaterial'>,
): Promise<readonly string[]> {
  const marks = anchor.versionMarks();
  if (marks.size === 0) return [];
  const highest = await highestVersions(keyState);
  const named: string[] = [];
  let more = 0;
  for (const [keyId, mark] of marks) {
    const there = highest.get(keyId) ?? 0;
    if (there >= mark) continue;
    if (named.length === MOST_NAMED) more += 1;
    else named.push(there === 0 ? unknownKey(keyId, mark) : behind(keyId, there, mark));
  }
  if (more > 0) named.push(`The same holds for ${more} more ${more === 1 ? 'key' : 'keys'}.`);
  return named;
}

async function highestVersions(keyState: Pick<KeyState, 'listMaterial'>): Promise<ReadonlyMap<string, number>> {
  const highest = new Map<string, number>();
  let after: MaterialPlace | undefined;
  do {
    const { items, next } = keyState.listMaterial(after, PAGE);
    for (const { keyId, version } of items) highest.set(keyId, Math.max(version, highest.get(keyId) ?? 0));
    after = next;
    await new Promise((resolve) => setImmediate(resolve));
  } while (after !== undefined);
  return highest;
}

const unknownKey = (keyId: string, mark: number): string =>
  `Key ${keyId} is not in the data; the anchor has seen version ${mark} of it.`;

const behind = (keyId: string, there: number, mark: number): string =>
  `Key ${keyId} has versions up to ${there} in the data; the anchor has seen version ${mark}.`;
