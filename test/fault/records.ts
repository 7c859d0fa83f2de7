import type { TestServer } from '@claviger/testing';

/** What a test needs of a record that the audit query answers. */
export interface Record_ {
  readonly requestId: string;
  readonly operation: string;
  readonly result: string;
  readonly keyId: string | null;
}

const PAGE = 500;

/** All records that match, e.g. `operation=Encrypt&from=…`. The query itself waits until the view has reached the journal's head. */
export async function records(server: TestServer, query = ''): Promise<Record_[]> {
  const found: Record_[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const next: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { status, body } = await server.admin('GET', `/api/v1/audit?limit=${PAGE}&${query}${next}`);
    if (status !== 200) throw new Error(`audit query: ${status} ${JSON.stringify(body)}`);
    const page = body as { items: Record_[]; next: string | null };
    found.push(...page.items);
    cursor = page.next ?? null;
  }
  return found;
}

/** How many records each request has; a request without one is not there. */
export async function recordsPerRequest(server: TestServer, query = ''): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { requestId } of await records(server, query)) counts.set(requestId, (counts.get(requestId) ?? 0) + 1);
  return counts;
}
