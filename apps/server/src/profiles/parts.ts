import type { ApplicationParts, BackupParts, WrappedElsewhere, Finding } from '@claviger/application';
import type { Seal } from '@claviger/ports';
import type { AuditView } from '@claviger/projections';

/** What a profile opens, in the order in which it must be closed again. */
export interface ProfileParts extends ApplicationParts {
  readonly seal: Seal;
  /** What the seal has wrapped beside the sealed store's records: for an exchange of its root key. */
  readonly wrappedElsewhere: readonly WrappedElsewhere[];
  /** For so long the former root key is kept at least (ADR 0009). */
  readonly rootSettlesMs: number;
  /** Null on nodes without an admin API. */
  readonly auditView: AuditView | null;
  /** Reasons why calls cannot be served, from the parts that the profile opened; empty when all is well. */
  readonly notReady: () => readonly string[];
  /** Records that each read model has not folded yet, by its name. */
  readonly backlog: () => Promise<Readonly<Record<string, number>>>;
  /** Folds the events anew while the present key state serves. */
  readonly rebuildKeyState: (onProgress: (done: bigint, of: bigint) => void) => Promise<void>;
  /** What backups are made of, beside the parts above. */
  readonly backup: BackupParts;
  /** What is wrong with the parts that the profile opened, for the examination. */
  readonly findings?: () => readonly Finding[];
  readonly close: () => Promise<void>;
}
