import { Failure } from '../../failure.js';
import type { Session } from '../../session.js';

/** The service is open: it knows its callers again, and asks for a token. */
export const ALREADY = Symbol('the service is open');

/** What a sealed service answers to everybody; {@link ALREADY} where it turns out to be open and there is no token to ask further. */
export async function unlessServing<T>(
  { hasToken }: Session & { readonly hasToken: boolean },
  ask: () => Promise<T>,
): Promise<T | typeof ALREADY> {
  try {
    return await ask();
  } catch (error) {
    if (!hasToken && error instanceof Failure && statusOf(error.problem) === 401) return ALREADY;
    throw error;
  }
}

function statusOf(problem: unknown): unknown {
  return typeof problem === 'object' && problem !== null && 'status' in problem ? problem.status : undefined;
}
