import type { ApplicationParts } from '@claviger/application';
import type { Seal } from '@claviger/ports';
import type { AuditView } from '@claviger/projections';

/** What a profile opens, in the order in which it must be closed again. */
export interface ProfileParts extends ApplicationParts {
  readonly seal: Seal;
  readonly auditView: AuditView;
  /** Reasons why calls cannot be served, from the parts that the profile opened; empty when all is well. */
  readonly notReady: () => readonly string[];
  /** Records that each read model has not folded yet, by its name. */
  readonly backlog: () => Promise<Readonly<Record<string, number>>>;
  /** Folds the events anew while the present key state serves. */
  readonly rebuildKeyState: (onProgress: (done: bigint, of: bigint) => void) => Promise<void>;
  readonly close: () => Promise<void>;
}
