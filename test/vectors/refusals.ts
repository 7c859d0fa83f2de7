import table from './refusals.json' with { type: 'json' };

/** Cases that are refused on purpose although Wycheproof calls them valid or acceptable: by file, each reason with its tcIds. */
export function refusalsOf(file: string): ReadonlyMap<number, string> {
  const entries = (table as Readonly<Record<string, readonly { reason: string; tcIds: string }[]>>)[file] ?? [];
  const refused = new Map<number, string>();
  for (const { reason, tcIds } of entries) {
    for (const tcId of expand(tcIds)) {
      if (refused.has(tcId)) throw new Error(`${file}: ${tcId} is listed twice`);
      refused.set(tcId, reason);
    }
  }
  return refused;
}

export function filesWithRefusals(): string[] {
  return Object.keys(table);
}

/** `1-3, 7` → 1, 2, 3, 7. */
function expand(ranges: string): number[] {
  return ranges.split(', ').flatMap((range) => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(range);
    if (match === null) throw new Error(`not a range of tcIds: ${range}`);
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
