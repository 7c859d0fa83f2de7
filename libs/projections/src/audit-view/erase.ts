import { isMonth } from '@claviger/ports';
import { readRow, ROW_COLUMNS, pairsOf } from './stored-row.js';
import type { AuditFile, SqlValue } from './table.js';

const ROWS_PER_STEP = 500;

/**
 * Takes the personal part of all rows of one account and month out of the file, step by step, so that folding and searching can go on in
 * between. What remains is who (by opaque id), when, what, and with which result.
 *
 * @throws RangeError for a month that is none; SQLite's errors
 */
export function* eraseMonth(file: AuditFile, account: string, month: string): Generator<void, void, void> {
  if (!isMonth(month)) throw new RangeError(`a month is written as 2026-11, got ${month}`);
  const from = Date.parse(`${month}-01T00:00:00Z`);
  const first = new Date(from);
  const to = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 1);
  let after: readonly [number, bigint] = [from, -(2n ** 63n)];
  for (;;) {
    const rows = file.all(
      `SELECT ${ROW_COLUMNS} FROM audit a INDEXED BY audit_by_time WHERE a.account=? AND a.at<? AND (a.at,a.id)>=(?,?)` +
        ' AND (a.name IS NOT NULL OR a.source IS NOT NULL OR a.personal IS NOT NULL) ORDER BY a.at, a.id LIMIT ?',
      account,
      to,
      ...after,
      ROWS_PER_STEP,
    );
    if (rows.length === 0) break;
    file.transaction(() => rows.forEach((columns) => eraseRow(file, columns)));
    const last = rows.at(-1) ?? [];
    after = [Number(last[1]), BigInt(String(last[0]))];
    yield;
  }
  file.run('DELETE FROM names WHERE account=? AND month=?', account, month);
  yield;
  file.scrub();
}

function eraseRow(file: AuditFile, columns: readonly SqlValue[]): void {
  const id = BigInt(String(columns[0]));
  const { at, context } = readRow(columns);
  for (const [name, value] of pairsOf(context)) {
    file.run('DELETE FROM pairs WHERE k=? AND v=? AND at=? AND id=?', name, value, at, id);
  }
  file.run('UPDATE audit SET name=NULL, source=NULL, personal=NULL, erased=1 WHERE id=?', id);
}
