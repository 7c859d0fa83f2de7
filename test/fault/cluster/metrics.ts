import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterNode } from '../../servers/cluster/cluster-node.js';

/** A value of `/metrics`, e.g. `claviger_jobs_total{type="rotate",result="done"}`; 0 where the node has not told any yet. */
export async function metric(node: ClusterNode, name: string): Promise<number> {
  const text = await (await fetch(`${node.url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}

const SHIPPED_WITHIN_MS = 30_000;

/** Entries that only a node's own disk holds reach the others within seconds. @throws when they do not */
export async function allShipped(nodes: readonly ClusterNode[]): Promise<void> {
  const deadline = performance.now() + SHIPPED_WITHIN_MS;
  for (const node of nodes) {
    for (;;) {
      const left = await metric(node, 'claviger_journal_unshipped_entries');
      if (left === 0) break;
      if (performance.now() > deadline) throw new Error(`${node.name} still keeps ${left} entries to itself`);
      await delay(50);
    }
  }
}
