import { printable } from './printable.js';
import { pad, widthOf } from './width.js';

/** One thing, a line per fact. What is null or empty is left out; several values stand below each other. */
export function facts(pairs: readonly (readonly [string, FactValue])[]): string {
  const shown = pairs
    .map(([name, value]) => [name, valuesOf(value)] as const)
    .filter(([, values]) => values.length > 0);
  const width = Math.max(0, ...shown.map(([name]) => widthOf(name)));
  const lines = shown.flatMap(([name, values]) =>
    values.map((value, index) => `${pad(index === 0 ? name : '', width)}  ${printable(value)}`),
  );
  return lines.map((line) => `${line}\n`).join('');
}

type FactValue = string | number | boolean | null | undefined | readonly string[];

function valuesOf(value: FactValue): readonly string[] {
  if (value === null || value === undefined || value === '') return [];
  if (typeof value === 'boolean') return [value ? 'yes' : 'no'];
  return typeof value === 'object' ? value : [String(value)];
}
