import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeEvent, type KeyAggregate, keyDecider, type KeyEvent } from '@claviger/domain';
import { EVENTS_NAMESPACE } from '../../../apps/server/src/profiles/namespaces.js';
import type { StoredEvent } from '../../servers/eventstore/event.js';
import { EventLog } from '../../servers/eventstore/log.js';

/** What the event store holds of keys, read from its file and by none of the service's own readers. */
export interface KeysInLog {
  readonly keys: number;
  readonly events: number;
  /** Rotations per key id. */
  readonly rotations: ReadonlyMap<string, number>;
  /** Sentences; empty when all is well. */
  readonly findings: readonly string[];
}

/** @param folder of the stand-in, which may run */
export function keysInLog(folder: string): KeysInLog {
  const streams = new Map<string, StoredEvent[]>();
  for (const event of eventsOf(folder)) {
    if (!event.stream.startsWith(`${EVENTS_NAMESPACE}.key-`)) continue;
    streams.set(event.stream, [...(streams.get(event.stream) ?? []), event]);
  }
  const findings: string[] = [];
  const rotations = new Map<string, number>();
  for (const [stream, events] of streams) {
    findings.push(...checkStream(stream, events));
    rotations.set(stream.slice(-36), events.filter(({ type }) => type === 'VersionRotated').length);
  }
  const events = [...streams.values()].reduce((sum, list) => sum + list.length, 0);
  return { keys: streams.size, events, rotations, findings };
}

function eventsOf(folder: string): readonly StoredEvent[] {
  // Opening a log cuts off a torn tail: not of one that is being written.
  const copy = mkdtempSync(join(tmpdir(), 'claviger-log-'));
  try {
    copyFileSync(join(folder, 'events.log'), join(copy, 'events.log'));
    const log = new EventLog(copy);
    log.close();
    return log.events;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Revisions without a gap, no event twice, every version number given out once, and at no time two active versions. */
function checkStream(stream: string, events: readonly StoredEvent[]): string[] {
  const findings: string[] = [];
  if (!events.every(({ revision }, index) => revision === BigInt(index)))
    findings.push(`${stream}: its revisions have gaps`);
  if (new Set(events.map(({ id }) => id)).size < events.length) findings.push(`${stream}: an event is there twice`);
  let state: KeyAggregate = keyDecider.initialState;
  for (const [index, event] of events.entries()) {
    const { append, schemaVersion } = envelopeOf(event);
    const known = decodeEvent('key', event.type, schemaVersion, JSON.parse(Buffer.from(event.data).toString('utf8')));
    if (known === undefined) return [...findings, `${stream}: an event ${event.type} that nobody knows`];
    // It was decoded as an event of a key.
    state = keyDecider.evolve(state, known as KeyEvent, event.created);
    // A rotation is one append of two events; between them there is no moment.
    const next = events[index + 1];
    if (next !== undefined && envelopeOf(next).append === append) continue;
    findings.push(...checkVersions(stream, state));
  }
  return findings;
}

function checkVersions(stream: string, state: KeyAggregate): string[] {
  if (state === null) return [];
  const numbers = state.versions.map(({ version }) => version);
  const active = state.versions.filter(({ status }) => status === 'ACTIVE').length;
  return [
    ...(active > 1 ? [`${stream}: ${active} versions are active at once`] : []),
    ...(new Set(numbers).size < numbers.length ? [`${stream}: a version number was given out twice`] : []),
  ];
}

/** docs/adr/0006: format (1) · schema version (u64) · id of the append (16) · … */
function envelopeOf({ metadata }: StoredEvent): { readonly append: string; readonly schemaVersion: number } {
  const bytes = Buffer.from(metadata);
  return { append: bytes.toString('hex', 9, 25), schemaVersion: Number(bytes.readBigUInt64BE(1)) };
}
