import { uuidV5 } from '@claviger/crypto';
import { journalStream } from '@claviger/domain';
import type { EventRecord, NewEvent } from '../event-store/contract.js';
import { type Group, lastLink, parseGroup } from './group-format.js';

/** Most bytes of one event. */
export const MAX_EVENT_BYTES = 512 << 10;
/** Of a group's frame, so that its event with base64 and everything around it stays below {@link MAX_EVENT_BYTES}. */
export const MAX_GROUP_BYTES = (MAX_EVENT_BYTES / 4) * 3 - 1024;

/** A namespace of ids for events of journals (RFC 9562 section 5.5), made once. */
const EVENT_IDS = '6c1d5b8e-7d0f-5a43-9f0e-3b2f6f1c9a70';
const TYPE = 'EntriesRecorded';
const SCHEMA_VERSION = 1;
const FORM = /^\{"group":"([A-Za-z0-9+/=]*)","journal":"([0-9a-f]{32})"\}$/;

/** A group as it lies in an event. */
export interface GroupInStream {
  readonly revision: number;
  readonly journalId: Uint8Array;
  readonly payload: Buffer;
  readonly group: Group;
}

/**
 * One group of a node's journal, in the same form as in a segment file but without its frame: length and checksum are the store's matter.
 * The MAC is the link of the last record, which covers, link by link, everything before it. The id depends on place and content, so that
 * a group is repeated under the same one, and another group at the same place has another.
 */
export function groupEvent(node: string, payload: Buffer, journalId: Uint8Array): NewEvent {
  const link = lastLink(payload);
  const journal = Buffer.from(journalId).toString('hex');
  return {
    id: uuidV5(uuidV5(EVENT_IDS, journalStream(node)), link.toString('hex')),
    type: TYPE,
    schemaVersion: SCHEMA_VERSION,
    data: JSON.stringify({ group: payload.toString('base64'), journal }),
    metadata: '{}',
    mac: Uint8Array.from(link),
  };
}

/** Total: undefined for an event that is no group. */
export function parseGroupEvent({ type, schemaVersion, data, revision }: EventRecord): GroupInStream | undefined {
  if (type !== TYPE || schemaVersion !== SCHEMA_VERSION) return undefined;
  const [, base64, journal] = FORM.exec(data) ?? [];
  if (base64 === undefined || journal === undefined) return undefined;
  const payload = Buffer.from(base64, 'base64');
  const group = parseGroup(payload);
  return group && { revision, journalId: Buffer.from(journal, 'hex'), payload, group };
}
