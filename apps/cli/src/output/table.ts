import { printable } from './printable.js';
import { cut, pad, widthOf } from './width.js';

export interface Column<T> {
  readonly head: string;
  readonly of: (row: T) => string | number | null | undefined;
  readonly align?: 'left' | 'right';
  /** May be cut where the terminal is too narrow; ids and times may not. */
  readonly flexible?: boolean;
}

const GAP = 2;
/** Narrower than this a column tells nothing. */
const NARROWEST = 8;

/**
 * A table for people. Columns in which no row says anything are left out; where the terminal is too narrow, flexible columns are cut,
 * the widest first. @param width cells of the terminal; undefined: nothing is cut
 */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[], width: number | undefined): string {
  const all = columns.map((column) => ({
    ...column,
    cells: rows.map((row) => printable(String(column.of(row) ?? ''))),
  }));
  const shown = all.filter(({ cells }) => rows.length === 0 || cells.some((cell) => cell !== ''));
  const widths = shown.map(({ head, cells }) => Math.max(widthOf(head), ...cells.map(widthOf)));
  if (width !== undefined) shrink(widths, shown, width - GAP * (shown.length - 1));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => {
        const cells = widths[index] ?? 0;
        const fitted = cut(text, cells);
        return shown[index]?.align === 'right'
          ? ' '.repeat(Math.max(0, cells - widthOf(fitted))) + fitted
          : pad(fitted, cells);
      })
      .join(' '.repeat(GAP))
      .trimEnd();
  const lines = [
    line(shown.map(({ head }) => head)),
    ...rows.map((_, index) => line(shown.map(({ cells }) => cells[index] ?? ''))),
  ];
  return `${lines.join('\n')}\n`;
}

/** Takes from the widest flexible column, cell by cell, until all fit or none can give more. */
function shrink(widths: number[], columns: readonly { readonly flexible?: boolean }[], most: number): void {
  let excess = widths.reduce((sum, cells) => sum + cells, 0) - most;
  while (excess > 0) {
    let widest = -1;
    for (const [index, cells] of widths.entries()) {
      if (columns[index]?.flexible !== true || cells <= NARROWEST) continue;
      if (widest === -1 || cells > (widths[widest] ?? 0)) widest = index;
    }
    const cells = widths[widest];
    if (cells === undefined) return;
    widths[widest] = cells - 1;
    excess -= 1;
  }
}
