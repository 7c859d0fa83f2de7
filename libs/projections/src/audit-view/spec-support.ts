// What the specs of the audit view share.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Logger } from '@claviger/platform';
import { InMemoryAuditJournal, InMemoryEventStore, type NewEvent, type RecordedEntry } from '@claviger/ports';
import type { OpenedEvent } from './fold.js';
import { AuditView, type AuditViewOptions } from './host.js';
import { type AuditWorker, inlineWorker, type SpawnAuditWorker } from './spawn.js';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';
export const KEY = '0b6f1f8e-3a52-4c0f-9d2e-6d1a5c7b8e90';
/** 2026-03-10T15:00Z. */
export const START_AT = Date.UTC(2026, 2, 10, 15);

export function entry(
  sequence: number,
  open: Record<string, unknown> = {},
  detail: Record<string, unknown> = {},
): RecordedEntry {
  const at = typeof open['at'] === 'number' ? open['at'] : START_AT + sequence;
  const body = {
    v: 1,
    id: `request-${sequence}`,
    node: 'n1',
    principal: 'user-1',
    account: ACCOUNT,
    region: REGION,
    protocol: 'aws-kms',
    operation: 'Decrypt',
    result: 'success',
    key: KEY,
    version: 1,
    ...open,
    at: new Date(at).toISOString(),
  };
  const account = typeof open['account'] === 'string' ? open['account'] : ACCOUNT;
  return {
    sequence,
    account,
    at,
    open: JSON.stringify(body),
    detail: JSON.stringify({ source: '10.0.0.1', name: 'alice', ...detail }),
    erased: false,
  };
}

export function metadata(changes: Record<string, unknown> = {}): string {
  return JSON.stringify({
    commandId: 'c',
    requestId: 'change-1',
    correlationId: 'change-1',
    actor: 'user-2',
    account: ACCOUNT,
    protocol: 'aws-kms',
    operation: 'RotateKeyOnDemand',
    node: 'n1',
    sequence: 1,
    decidedOn: { key: 3, principal: 0 },
    occurredAt: new Date(START_AT).toISOString(),
    ...changes,
  });
}

export function event(
  position: number,
  type: string,
  data: Record<string, unknown> = {},
  changes: Partial<OpenedEvent> = {},
): OpenedEvent {
  return {
    stream: `key-${ACCOUNT}-${REGION}-${KEY}`,
    revision: position,
    position: BigInt(position),
    type,
    data: JSON.stringify(data),
    metadata: metadata(),
    detail: '',
    ...changes,
  };
}

export const newEvent = (
  id: string,
  type: string,
  data: Record<string, unknown>,
  meta: Record<string, unknown>,
): NewEvent => ({
  id,
  type,
  schemaVersion: 1,
  data: JSON.stringify(data),
  metadata: metadata(meta),
  mac: new Uint8Array(0),
});

/** Remembers what was said, prints nothing. */
export class QuietLogger implements Logger {
  readonly lines: string[] = [];
  debug = (): void => undefined;
  info = (): void => undefined;
  warn = (message: string): void => void this.lines.push(`warn ${message}`);
  error = (message: string): void => void this.lines.push(`error ${message}`);
  child = (): Logger => this;
}

/** Turns of the event loop until `holds`; a test that would need more than there are fails. */
export async function until(holds: () => boolean, most = 20_000): Promise<void> {
  for (let turn = 0; turn < most; turn += 1) {
    if (holds()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('it did not come about');
}

/** Views in one folder over one journal and one store, with their workers on the test's own thread. */
export class Setting<C extends Clock> {
  journal = new InMemoryAuditJournal();
  readonly events = new InMemoryEventStore();
  readonly logger = new QuietLogger();
  readonly workers: AuditWorker[] = [];
  private readonly views: AuditView[] = [];
  private sequence = 0;
  private revision = -1;

  constructor(
    readonly folder: string,
    readonly clock: C,
  ) {}

  readonly spawn: SpawnAuditWorker = (path) => {
    const worker = inlineWorker(path);
    this.workers.push(worker);
    return worker;
  };

  /** A view that is open and fed. */
  async started(changes: Partial<AuditViewOptions> = {}): Promise<AuditView> {
    const { journal, events, clock, logger, spawn } = this;
    const openDetail = async (): Promise<string> => '{"name":"bob"}';
    const path = join(this.folder, 'audit.db');
    const view = AuditView.open({ path, journal, events, openDetail, clock, logger, spawn, ...changes });
    this.views.push(view);
    await view.start();
    return view;
  }

  /** One call's journal entry; resolves when it is durable. */
  call(open: Record<string, unknown> = {}, detail: Record<string, unknown> = {}): Promise<number> {
    const { account, at, open: text, detail: personal } = entry((this.sequence += 1), open, detail);
    return this.journal.append({ account, at, open: text, detail: personal });
  }

  async calls(count: number, open: Record<string, unknown> = {}): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.call(open)));
  }

  /** One event of the key, as it is appended by a change. */
  async change(type: string, requestId: string, meta: Record<string, unknown> = {}): Promise<void> {
    const id = `00000000-0000-5000-8000-${String(this.revision + 1).padStart(12, '0')}`;
    const stream = `key-${ACCOUNT}-${REGION}-${KEY}`;
    await this.events.append(stream, this.revision, [newEvent(id, type, {}, { requestId, ...meta })]);
    this.revision += 1;
  }

  /** Everything that is on disk. */
  bytes(): Buffer {
    return Buffer.concat(readdirSync(this.folder).map((name) => readFileSync(join(this.folder, name))));
  }

  async close(): Promise<void> {
    await Promise.all(this.views.splice(0).map((view) => view.close()));
  }
}
