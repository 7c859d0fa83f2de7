import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { canonicalJson, HmacSha256, type Json, uuidV5 } from '@claviger/crypto';
import { type KeyEvent, keyStream } from '@claviger/domain';
import { InMemoryMetrics, JsonLogger, SystemClock } from '@claviger/platform';
import { AuthenticatedEventStore, type EventStore, InMemoryEventStore } from '@claviger/ports';
import { keyCreated, rotated, SAMPLE_ACCOUNT, SAMPLE_REGION } from '@claviger/testing';
import { KeyState } from './key-state.js';
import type { ListedMaterial, MaterialPlace } from './listing.js';

const KEY = new HmacSha256(Buffer.alloc(32, 7));
const id = (n: number): string => `0b6f1f8e-3a52-4c0f-9d2e-${n.toString(16).padStart(12, '0')}`;
const stream = (n: number): string => keyStream(SAMPLE_ACCOUNT, SAMPLE_REGION, id(n));

let folder: string;
let store: EventStore;
let state: KeyState;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'claviger-material-'));
  store = new AuthenticatedEventStore(new InMemoryEventStore(), KEY);
  const clock = new SystemClock();
  const logger = new JsonLogger({ clock, level: 'error', sink: () => undefined });
  const path = join(folder, 'state.db');
  const opened = KeyState.open({
    path,
    macKey: KEY,
    store,
    clock,
    logger,
    metrics: new InMemoryMetrics(),
    cachedKeys: 10,
  });
  if (opened === undefined) throw new Error('the file was not accepted');
  state = opened;
  await state.start();
  for (const n of [1, 2]) {
    await append(n, -1, keyCreated({ keyId: id(n) }));
    await append(n, 0, ...rotated(2, 1));
  }
  await append(3, -1, keyCreated({ keyId: id(3) }));
  await state.toHead();
});
afterEach(async () => {
  await state.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function append(n: number, revision: number, ...events: readonly KeyEvent[]): Promise<void> {
  const metadata = canonicalJson({ occurredAt: '2026-01-15T12:00:00.000Z', commandId: id(n), requestId: 'r' });
  const prepared = events.map((event, index) => ({
    id: uuidV5(id(n), `${revision + index}`),
    type: event.type,
    schemaVersion: 1,
    data: canonicalJson(event.data as unknown as Json),
    metadata,
    mac: new Uint8Array(),
  }));
  await store.append(stream(n), revision, prepared);
}

function listed(limit: number): readonly ListedMaterial[] {
  const found: ListedMaterial[] = [];
  let after: MaterialPlace | undefined;
  do {
    const page = state.listMaterial(after, limit);
    found.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return found;
}

const names = (items: readonly ListedMaterial[]): readonly string[] =>
  items.map(({ keyId, version }) => `${keyId.slice(-1)}/${version}`);

describe('the list of material', () => {
  it.each([1, 2, 3, 5, 100])('has every version once, in order, %i at a time', (limit) => {
    expect(names(listed(limit))).toEqual(['1/1', '1/2', '2/1', '2/2', '3/1']);
    expect(new Set(listed(limit).map(({ reference }) => reference)).size).toBeGreaterThan(0);
    expect(listed(limit).every(({ destroyed }) => !destroyed)).toBe(true);
  });

  it('leaves out a row that was changed in the file, and puts its key out of use', () => {
    const db = new DatabaseSync(join(folder, 'state.db'));
    db.prepare("UPDATE versions SET body=replace(body,'PENDING_RETIREMENT','ACTIVE') WHERE key_id=? AND version=1").run(
      id(2),
    );
    db.close();
    expect(names(listed(2))).toEqual(['1/1', '1/2', '2/2', '3/1']);
    expect([...state.faulted().keys()]).toEqual([stream(2)]);
  });
});
