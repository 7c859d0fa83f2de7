/** The backup that this data was restored from. */
export interface RestoredFrom {
  /** ISO 8601. */
  readonly madeAt: string;
  readonly position: string;
  /** Entry of the audit journal. */
  readonly entry: number;
}

export const restoredSentence = ({ madeAt, position, entry }: RestoredFrom): string =>
  `The data was restored from a backup made at ${madeAt}, which goes to position ${position} of the event store and entry ${entry} of the audit journal: what was done after that is not in it.`;
