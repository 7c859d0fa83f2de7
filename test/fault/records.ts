import type { TestServer } from '@claviger/testing';

/** What a test needs of a record that the audit query answers. */
export interface Record_ {
  readonly requestId: string;
  readonly operation: string;
  readonly result: string;
  readonly keyId: string | null;
}

interface Page {
  readonly items: readonly Record_[];
  readonly next: string | null;
  /** The view had reached the journal's head. */
  readonly complete: boolean;
}

/** Where the audit is queried: a server, or a cluster's admin node. */
export type Audited = Pick<TestServer, 'admin'>;

const PAGE = 500;
const CAUGHT_UP_WITHIN_MS = 60_000;

/** All records that match, e.g. `operation=Encrypt&from=…`, once the audit view has caught up. */
export async function records(server: Audited, query = ''): Promise<Record_[]> {
  const deadline = Date.now() + CAUGHT_UP_WITHIN_MS;
  while (!(await page(server, query, 1, null)).complete) {
    if (Date.now() > deadline) throw new Error('the audit view does not catch up');
  }
  const found: Record_[] = [];
  for (let cursor: string | null = null; ; ) {
    const { items, next }: Page = await page(server, query, PAGE, cursor);
    found.push(...items);
    if (next === null) return found;
    cursor = next;
  }
}

async function page(server: Audited, query: string, limit: number, cursor: string | null): Promise<Page> {
  const parameters = new URLSearchParams(query);
  parameters.set('limit', String(limit));
  if (cursor !== null) parameters.set('cursor', cursor);
  const { status, body } = await server.admin('GET', `/api/v1/audit?${parameters.toString()}`);
  if (status !== 200) throw new Error(`audit query: ${status} ${JSON.stringify(body)}`);
  return body as Page;
}

/** How many records each request has; a request without one is not there. */
export async function recordsPerRequest(server: Audited, query = ''): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { requestId } of await records(server, query)) counts.set(requestId, (counts.get(requestId) ?? 0) + 1);
  return counts;
}
