import type { Clock } from '@claviger/platform';
import { JobQueueUnavailable } from '@claviger/ports';

/** The client has deadlines for connecting, none for answers: a server that hangs is given up here. What it does later is harmless. */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = clock.after(ms, () =>
    late.reject(new JobQueueUnavailable('unreachable', `Redis did not answer within ${ms} ms`)),
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    timer.cancel();
  }
}
