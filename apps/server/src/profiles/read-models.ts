import { rmSync } from 'node:fs';
import { KeyState, type KeyStateOptions } from '@claviger/projections';

/** A file that is not to be trusted is derived anew: nothing in it is the only copy of anything. */
export function openKeyState(options: KeyStateOptions): KeyState {
  const state = KeyState.open(options);
  if (state !== undefined) return state;
  options.logger.warn('the key state is of another version or does not verify, it is built anew from the events');
  removeDatabase(options.path);
  const fresh = KeyState.open(options);
  if (fresh === undefined) throw new Error(`${options.path} could not be made`);
  return fresh;
}

export async function rebuildKeyState(
  state: KeyState,
  scratch: string,
  onProgress: (done: bigint, of: bigint) => void,
): Promise<void> {
  removeDatabase(scratch);
  try {
    await state.rebuild(scratch, onProgress);
  } finally {
    removeDatabase(scratch);
  }
}

const removeDatabase = (path: string): void => {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
};
