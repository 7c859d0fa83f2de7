import { isNewerEvent, streamCategory } from '@claviger/domain';

/** Why a stream is out of use on this node. */
export interface Fault {
  readonly reason: string;
  /** The first event that a newer version of the service wrote and this one does not know; null where the record is damaged. */
  readonly newer: { readonly type: string; readonly schemaVersion: number } | null;
}

/** A key, alias or principal whose record was tampered with, or that this program does not understand: it must not be used. */
export class StreamUnavailable extends Error {
  override readonly name = 'StreamUnavailable';
  /** Not damaged: a node of a newer version understands it. */
  readonly newer: boolean;

  constructor(
    readonly stream: string,
    { reason, newer }: Fault,
  ) {
    super(`${stream} is unavailable: ${reason}`);
    this.newer = newer !== null;
  }
}

/** Is an event of a stream from a newer version of the service than this one? A kind of stream that is not known here is, too. */
export function isNewer(stream: string, type: string, schemaVersion: number): boolean {
  const category = streamCategory(stream);
  return category === undefined || isNewerEvent(category, type, schemaVersion);
}
