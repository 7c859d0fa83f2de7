import type { Logger, Metrics } from '@claviger/platform';
import type { Anchor, SealedSecrets } from '@claviger/ports';

const PAGE = 1_000;

export interface ReapplyParts {
  readonly anchor: Anchor;
  readonly secrets: SealedSecrets;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Destroys again what the anchor's register names and what is there all the same, because a backup was restored (or a process died
 * between registering and erasing). Called before any key is used: nothing of it is in a cache yet.
 *
 * Material on a token comes from no backup of ours; where a token was restored by its own means, the doctor reports what should be gone.
 *
 * @returns how many were destroyed
 */
export async function reapplyDestructions({ anchor, secrets, logger, metrics }: ReapplyParts): Promise<number> {
  const register = anchor.destroyed();
  if (register.size === 0) return 0;
  const count = metrics.counter(
    'claviger_destructions_reapplied_total',
    'Destroyed material that was found again at a start, and destroyed again',
  );
  const found = await among(register, (after) => secrets.list('material', after, PAGE));
  for (const reference of found) {
    await secrets.destroy(reference);
    count.inc();
    logger.warn('destroyed material was there again and was destroyed again', { reference });
  }
  if (found.length > 0) {
    logger.warn(
      'ALERT: the destruction register was applied again: a backup was restored, or a destruction had been cut short',
      {
        destroyed: found.length,
      },
    );
  }
  return found.length;
}

async function among(
  register: ReadonlySet<string>,
  list: (after: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (let after = ''; ; ) {
    const page = await list(after);
    for (const reference of page) if (register.has(reference)) found.push(reference);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return found;
    after = last;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
