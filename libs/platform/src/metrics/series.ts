import type { Labels } from './metrics.js';

/** More series than this per metric means that a label's values are no closed set. */
const MAX_SERIES = 2000;
const OVERFLOW = 'overflow';
const SEPARATOR = '\u001f';

/** The series of one metric: label values → state, bounded. */
export class SeriesTable<State> {
  private readonly table = new Map<string, { readonly values: readonly string[]; readonly state: State }>();

  constructor(
    readonly labelNames: readonly string[],
    private readonly create: () => State,
  ) {
    // A metric without labels shows from the start, as 0.
    if (labelNames.length === 0) this.of(undefined);
  }

  /** The state for these labels; beyond the bound all new ones share a series whose labels all say "overflow". */
  of(labels: Labels | undefined): State {
    // Hot path: one short string, one look-up.
    let key = '';
    for (const name of this.labelNames) key += (labels?.[name] ?? '') + SEPARATOR;
    const found = this.table.get(key);
    if (found !== undefined) return found.state;

    const values = this.labelNames.map((name) => labels?.[name] ?? '');
    if (this.table.size < MAX_SERIES) return this.add(key, values);
    const others = this.labelNames.map(() => OVERFLOW);
    const othersKey = others.map((value) => value + SEPARATOR).join('');
    return this.table.get(othersKey)?.state ?? this.add(othersKey, others);
  }

  *[Symbol.iterator](): Iterator<{ readonly values: readonly string[]; readonly state: State }> {
    yield* this.table.values();
  }

  private add(key: string, values: readonly string[]): State {
    const state = this.create();
    this.table.set(key, { values, state });
    return state;
  }
}
