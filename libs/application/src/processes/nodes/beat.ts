import { canonicalJson } from '@claviger/crypto';
import { HEARTBEAT_PREFIX } from '@claviger/domain';
import type { EventRecord, NewEvent } from '@claviger/ports';

/** `serving`: holds a lease when it reads this back · `starting`, `leaving`: uses no keys. */
export type Phase = 'starting' | 'serving' | 'leaving';

/** What a node says about itself. */
export interface Beat {
  readonly node: string;
  /** UUID of one run of the process: a node that starts again is another one. */
  readonly incarnation: string;
  /** Counts from 1 within the incarnation. */
  readonly number: number;
  readonly phase: Phase;
  /** Position up to which all events are applied and all calls that were authorised before them have ended. */
  readonly drained: bigint;
}

const TYPE = 'NodeBeat';
const VERSION = 1;
const PHASES: readonly unknown[] = ['starting', 'serving', 'leaving'] satisfies readonly Phase[];

/** @param id UUID of the event @param at epoch milliseconds */
export function beatEvent(id: string, { node, incarnation, number, phase, drained }: Beat, at: number): NewEvent {
  return {
    id,
    type: TYPE,
    schemaVersion: VERSION,
    data: canonicalJson({ node, incarnation, number, phase, drained: drained.toString() }),
    metadata: canonicalJson({ occurredAt: new Date(at).toISOString() }),
    mac: new Uint8Array(),
  };
}

/** Total: undefined for an event that is no heartbeat of a known form. */
export function parseBeat({ type, schemaVersion, data }: EventRecord): Beat | undefined {
  if (type !== TYPE || schemaVersion !== VERSION) return undefined;
  const { node, incarnation, number, phase, drained } = parseObject(data);
  if (typeof node !== 'string' || typeof incarnation !== 'string' || !PHASES.includes(phase)) return undefined;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) return undefined;
  if (typeof drained !== 'string' || !/^[0-9]{1,20}$/.test(drained)) return undefined;
  return { node, incarnation, number, phase: phase as Phase, drained: BigInt(drained) };
}

/**
 * What has to be assumed of a node whose heartbeats are of a newer form: it may use keys, and has drained nothing. So nobody answers a
 * revocation before its lease has run out; a new form must be read by one release before the next one writes it.
 */
export const unreadableBeat = ({ stream }: EventRecord): Beat => ({
  node: stream.slice(HEARTBEAT_PREFIX.length),
  incarnation: stream,
  number: 0,
  phase: 'serving',
  drained: -1n,
});

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
