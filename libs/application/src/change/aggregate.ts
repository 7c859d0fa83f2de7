import {
  decodeEvent,
  type Decider,
  type DomainEvent,
  type EventMetadata,
  KmsError,
  type StreamCategory,
} from '@claviger/domain';
import type { EventRecord } from '@claviger/ports';

/** A command that has left events in this stream, kept for 24 hours so that its repetition is answered with the first result. */
export interface PastCommand {
  readonly requestHash: string | undefined;
  /** Revision of its last event. */
  readonly revision: number;
  readonly at: number;
}

/** An aggregate as the kernel holds it between commands. Immutable. */
export interface Loaded<S> {
  readonly state: S;
  /** -1 before the first event. */
  readonly revision: number;
  readonly commands: ReadonlyMap<string, PastCommand>;
}

const REMEMBERED = 24 * 60 * 60 * 1000;

/** The command that created the stream is remembered for ever. */
const isRemembered = (command: PastCommand, now: number): boolean =>
  now - command.at < REMEMBERED || command.revision === 0;

/** An earlier run of this command, if it still counts as one. */
export function recall(
  commands: ReadonlyMap<string, PastCommand>,
  commandId: string,
  now: number,
): PastCommand | undefined {
  const past = commands.get(commandId);
  return past !== undefined && isRemembered(past, now) ? past : undefined;
}

const asMetadata = (text: string): EventMetadata => JSON.parse(text) as EventMetadata;

/**
 * Folds verified records into an aggregate. The command that created the stream is remembered for ever, the others for 24 hours.
 * @throws KmsError Unavailable for an event that this program does not know: never ignored
 */
export function foldRecords<S, C, E extends DomainEvent, X>(
  decider: Decider<S, C, E, X>,
  category: StreamCategory,
  from: Loaded<S>,
  records: readonly EventRecord[],
  now: number,
): Loaded<S> {
  if (records.length === 0) return from;
  let { state, revision } = from;
  const commands = new Map<string, PastCommand>();
  for (const [id, command] of from.commands) {
    if (isRemembered(command, now)) commands.set(id, command);
  }
  for (const record of records) {
    const event = decodeEvent(category, record.type, record.schemaVersion, JSON.parse(record.data));
    if (event === undefined) {
      throw new KmsError(
        'Unavailable',
        `This resource has an event (${record.type}) that this version of the service does not know.`,
      );
    }
    const metadata = asMetadata(record.metadata);
    const at = Date.parse(metadata.occurredAt);
    // decodeEvent answers an event of the stream's category, which is the decider's.
    state = decider.evolve(state, event as E, at);
    revision = record.revision;
    const first = commands.get(metadata.commandId)?.revision === 0;
    commands.set(metadata.commandId, {
      requestHash: metadata.requestHash,
      revision: first && record.revision === 0 ? 0 : record.revision,
      at,
    });
  }
  return { state, revision, commands };
}
