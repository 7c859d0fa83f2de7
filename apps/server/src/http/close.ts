import type { Server } from 'node:http';
import type { Clock } from '@claviger/platform';

const CLOSE_IDLE_EVERY_MS = 50;
/** Longer than any call takes; shorter than what process managers wait before they kill. */
const ANSWER_WITHIN_MS = 8_000;

type Connections = Pick<Server, 'closeIdleConnections' | 'closeAllConnections'>;

/** Takes no new calls and lets those that run be answered. @param close of the framework, which waits for the last connection */
export async function closeWire(server: Connections, close: () => Promise<unknown>, clock: Clock): Promise<void> {
  // A connection that was busy when the server closed becomes idle with its answer, and would then stay until its client leaves.
  const idle = clock.every(CLOSE_IDLE_EVERY_MS, () => server.closeIdleConnections());
  // Clients that never finish their request do not hold up the others' stop.
  const all = clock.after(ANSWER_WITHIN_MS, () => server.closeAllConnections());
  try {
    await close();
  } finally {
    idle.cancel();
    all.cancel();
  }
}
