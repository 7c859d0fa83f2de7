import { ScheduleDeletionCommand } from '@claviger/application';
import { KmsError, keyStateForAws } from '@claviger/domain';
import { readKeyOnly } from '../identifiers/key-id.js';
import type { Operation } from './operation.js';

const SHORTEST = 7;
/** The admin API allows 90. */
const LONGEST = 30;

export const scheduleKeyDeletion: Operation<'ScheduleKeyDeletion'> = async (call, input, { commands }) => {
  const windowDays = input.PendingWindowInDays ?? LONGEST;
  if (windowDays < SHORTEST || windowDays > LONGEST) {
    throw new KmsError(
      'Validation',
      `PendingWindowInDays must be between ${SHORTEST} and ${LONGEST} (inclusive), but it is ${windowDays}`,
      { argument: 'PendingWindowInDays' },
    );
  }
  const { key } = await commands.execute(
    new ScheduleDeletionCommand(call, { key: readKeyOnly(input.KeyId, call.region), version: null, windowDays }),
  );
  return {
    KeyId: key.arn,
    DeletionDate: key.pendingDeletion === null ? undefined : new Date(key.pendingDeletion.deletionAt),
    KeyState: keyStateForAws(key),
    PendingWindowInDays: windowDays,
  };
};
