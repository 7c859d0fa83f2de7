import type { DecidedOn } from '@claviger/domain';

/**
 * Proof that somebody asked whether this may be done, and that it may. Only `authorise` makes one; what executes takes one.
 * The brand cannot be built elsewhere, because the constructor is private and the check is in this file.
 */
export class Authorised<T> {
  private constructor(
    readonly subject: T,
    readonly decidedOn: DecidedOn,
  ) {}

  /** The same permission for a part or a closer description of what it was given for. */
  narrow<U>(subject: U): Authorised<U> {
    return new Authorised(subject, this.decidedOn);
  }

  /** Only for {@link file://./authorise.ts}. */
  static unsafeGrant<T>(subject: T, decidedOn: DecidedOn): Authorised<T> {
    return new Authorised(subject, decidedOn);
  }
}
