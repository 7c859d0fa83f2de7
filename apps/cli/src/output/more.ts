import type { Page } from '../http/client.js';
import type { Io } from '../io.js';

/** Says that there is more than was shown, beside the answer. */
export function more(io: Io, { items, next }: Page<unknown>, what: string): void {
  if (next !== null) io.err(`There are more than these ${items.length} ${what}: --all shows every one.\n`);
}
