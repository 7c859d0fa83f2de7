import { setTimeout as delay } from 'node:timers/promises';

const METRIC = /^(claviger_projection_backlog)(\{[^}]*\})? (\S+)$/gm;
const CAUGHT_UP_WITHIN_MS = 120_000;

/** How many entries or events each read model has still to fold, by name; empty when the service does not say. */
export async function backlog(url: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const found = new Map<string, number>();
  for (const [, name = '', labels = '', value] of text.matchAll(METRIC)) {
    found.set(/projection="([^"]*)"/.exec(labels)?.[1] ?? name, Number(value));
  }
  return found;
}

export async function backlogText(url: string): Promise<string> {
  const found = await backlog(url);
  if (found.size === 0) return 'backlog of the read models: the service offers no metric';
  return `backlog of the read models: ${[...found].map(([name, count]) => `${name} ${count}`).join(', ')}`;
}

/** Waits until every read model has caught up. @returns seconds that it took, from now */
export async function waitForBacklog(url: string): Promise<number> {
  const started = performance.now();
  for (;;) {
    const counts = [...(await backlog(url)).values()];
    const seconds = (performance.now() - started) / 1000;
    if (counts.every((count) => count === 0)) return seconds;
    if (seconds * 1000 > CAUGHT_UP_WITHIN_MS) throw new Error(`read models still behind: ${await backlogText(url)}`);
    await delay(100);
  }
}
