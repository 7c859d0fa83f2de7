export type AuditOrder = 'newest' | 'oldest';

/** Where a page ended: its last row's place in the order (at, row id). */
export interface AuditCursor {
  readonly order: AuditOrder;
  readonly at: number;
  readonly id: bigint;
}

const FORM = /^1(n|o)(0|[1-9]\d{0,15})_(0|-?[1-9]\d{0,18})$/;
const LOWEST = -(2n ** 63n);
const HIGHEST = 2n ** 63n - 1n;
const LONGEST = 64;

export function encodeCursor({ order, at, id }: AuditCursor): string {
  return Buffer.from(`1${order === 'newest' ? 'n' : 'o'}${at}_${id}`).toString('base64url');
}

/** Total: undefined for anything that {@link encodeCursor} did not make. A cursor only says where to go on; what may be seen is the filter's. */
export function parseCursor(text: string): AuditCursor | undefined {
  if (text.length > LONGEST) return undefined;
  const decoded = Buffer.from(text, 'base64url');
  // The decoder skips what it does not know: only the one form that encodes back to itself is a cursor.
  if (decoded.toString('base64url') !== text) return undefined;
  const [, order, at, id] = FORM.exec(decoded.toString('latin1')) ?? [];
  if (order === undefined || at === undefined || id === undefined) return undefined;
  const cursor: AuditCursor = { order: order === 'n' ? 'newest' : 'oldest', at: Number(at), id: BigInt(id) };
  return Number.isSafeInteger(cursor.at) && cursor.id >= LOWEST && cursor.id <= HIGHEST ? cursor : undefined;
}
