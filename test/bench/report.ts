/** One measured figure. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Median of the per-round ratios to `against`; null where there is nothing to compare with. */
  readonly ratio: number | null;
  readonly against: string | null;
  /** What was to be reached, of the ratio where there is one, else of the value. */
  readonly target?: Target;
}

export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** What the bench prints and leaves. Sections add figures; tables are for people, `figures` for programs. */
export class Report {
  readonly figures: Figure[] = [];

  add(...figures: readonly Figure[]): void {
    this.figures.push(...figures);
  }

  /** Figures for programs, without the targets: those are this repository's, not the measurement's. */
  json(): string {
    const rows = this.figures.map(({ name, value, unit, ratio, against }) => ({ name, value, unit, ratio, against }));
    return `${JSON.stringify(rows, null, 2)}\n`;
  }

  missed(): readonly Figure[] {
    return this.figures.filter((figure) => verdict(figure) === 'MISSED');
  }
}

export function verdict({ value, ratio, target }: Figure): 'ok' | 'MISSED' | '' {
  if (target === undefined) return '';
  const found = ratio ?? value;
  const reached = 'atLeast' in target ? found >= target.atLeast : found <= target.atMost;
  return reached ? 'ok' : 'MISSED';
}

export function targetText(target: Target | undefined): string {
  if (target === undefined) return '';
  return 'atLeast' in target ? `>= ${target.atLeast}` : `<= ${target.atMost}`;
}

/** A figure as a line of a table: name, value, ratio, target, verdict. */
export function figureRow(figure: Figure): string[] {
  const { name, value, unit, ratio, against, target } = figure;
  const compared = ratio === null ? '' : `${short(ratio)} of ${against ?? ''}`;
  return [name, `${short(value)} ${unit}`, compared, targetText(target), verdict(figure)];
}

/** Three significant digits, thousands in full. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** Columns as wide as their widest cell; numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const isNumber = head.map((_, column) => rows.every((row) => /^[-\d.]*$/.test(row[column] ?? '')));
  const line = (row: readonly string[]): string =>
    widths
      .map((width, column) =>
        isNumber[column] ? (row[column] ?? '').padStart(width) : (row[column] ?? '').padEnd(width),
      )
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)]
    .map((text) => `  ${text}`)
    .join('\n');
}
