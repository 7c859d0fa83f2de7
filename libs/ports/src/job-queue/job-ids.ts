import { MOST_LISTED } from './contract.js';

// What every queue can hold as a key: BullMQ knows ids of digits alone as its own, and takes colons apart.
const JOB_ID = /^[a-z][a-z0-9-]{0,254}$/;

/** Lower-case letters, digits and hyphens, a letter first, at most 255. */
export const isJobId = (id: string): boolean => JOB_ID.test(id);

/** @throws RangeError unless it {@link isJobId} */
export function requireJobId(id: string): void {
  if (!isJobId(id)) throw new RangeError('a job id is lower-case letters, digits and hyphens, a letter first');
}

/** @throws RangeError */
export function requirePage(from: number, maxCount: number): void {
  if (!Number.isInteger(from) || from < 0) throw new RangeError(`a list begins at a number from 0 up, got ${from}`);
  if (!Number.isInteger(maxCount) || maxCount < 1 || maxCount > MOST_LISTED) {
    throw new RangeError(`a list has from 1 to ${MOST_LISTED} jobs, got ${maxCount}`);
  }
}
