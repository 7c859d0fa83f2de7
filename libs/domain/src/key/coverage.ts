import type { DataClass } from './attributes.js';
import type { CoverageLevel } from './events.js';

/** Proof that nothing hangs on a version any more, which its data class demands before it retires (DESIGN section 4). */
export const REQUIRED_COVERAGE: Readonly<Record<DataClass, CoverageLevel>> = {
  public: 'L0',
  internal: 'L0',
  confidential: 'L2',
  restricted: 'L2',
};

/** How a retirement was justified; recorded in VersionRetired and shown for ever. */
export type RetirementMethod = 'idle' | 'compromise_archived' | 'restore_ended';
