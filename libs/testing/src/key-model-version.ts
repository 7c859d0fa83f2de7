import type { KmsErrorKind, VersionStatus } from '@claviger/domain';

/** A version as the plain model sees it. */
export interface ModelVersion {
  /** Top is the present state; beneath it what it was suspended from. */
  stack: VersionStatus[];
  flagged: boolean;
  made: number;
  /** When it first became ACTIVE. */
  activated: number | null;
  waitingSince: number;
  parent: number | null;
  deleteAt: number;
  floor: number;
  burning: boolean;
  expired: boolean;
  until: number | null;
}

export class Refused extends Error {
  constructor(readonly kind: KmsErrorKind) {
    super(kind);
  }
}
export const refuse = (kind: KmsErrorKind): never => {
  throw new Refused(kind);
};

export const newModelVersion = (status: VersionStatus, now: number, parent: number | null): ModelVersion => ({
  stack: [status],
  flagged: false,
  made: now,
  activated: status === 'ACTIVE' ? now : null,
  waitingSince: now,
  parent,
  deleteAt: 0,
  floor: 0,
  burning: false,
  expired: false,
  until: null,
});

/** The present state. */
export const top = (v: ModelVersion): VersionStatus => v.stack.at(-1)!;
