/** The data is there and its key is not; or the other way round would follow. */
export class FirstStartRefused extends Error {
  override readonly name = 'FirstStartRefused';
}

/** The seal is open, and what is stored was sealed by another. Nothing was changed. */
export class SealDoesNotFit extends Error {
  override readonly name = 'SealDoesNotFit';
}

/** What opens the seal by itself is not there. Nothing was changed; the service may be started again. */
export class SealUnreachable extends Error {
  override readonly name = 'SealUnreachable';
}
