/** As jest and test/support/external.ts give them. */
interface RanTest {
  readonly status: string;
  readonly ancestorTitles: readonly string[];
}
interface Note {
  readonly kind: string;
  readonly name: string;
  readonly detail: string;
  readonly suite: string;
  readonly under?: string;
}
interface RanSuite {
  readonly path: string;
  readonly tests: readonly RanTest[];
}
type Row = readonly [port: string, adapter: string, server: string, result: string];

export function portOf(adapter: string): string;
export function portRows(suites: readonly RanSuite[], notes: readonly Note[]): Row[];
export function portLines(rows: readonly Row[]): string[];
