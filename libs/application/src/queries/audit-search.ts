import type { AuditFilter, AuditRow, AuditSearchResult } from '@claviger/projections';

/** One call, as it is on record. */
export type AuditRecord = AuditRow;

/** Where calls are looked for: the audit view of this node. It waits, within bounds, until it knows all that was recorded before. */
export abstract class AuditSearch {
  /**
   * Records that match, a page at a time.
   * @param limit 1 to 1,000
   * @throws InvalidCursor, AuditViewUnavailable
   */
  abstract search(filter: AuditFilter, cursor: string | undefined, limit: number): Promise<AuditSearchResult>;
}
