import type { KMSClient } from '@aws-sdk/client-kms';
import { median, percentile } from '../../bench/statistics.js';
import { Chance } from '../../servers/random.js';
import { Lane, type Revocation, REVOCATIONS } from './lane.js';
import { UseCounts } from './uses.js';

export interface RevocationsOptions {
  readonly revocations: number;
  /** Pairs of keys that are used and revoked beside each other. */
  readonly lanes: number;
  readonly seed: number;
  readonly onRevoked?: () => void;
  /** Called as each revocation is sent, with the node that it is sent to. */
  readonly onSent?: (node: number) => void;
  /** An answer within fewer milliseconds cannot have waited for what it has to wait for; 0 when absent. */
  readonly notBeforeMs?: number;
}

export interface RevocationsResult {
  readonly uses: UseCounts;
  /** Milliseconds from the call to its answer, as the client sees it. */
  readonly times: ReadonlyMap<Revocation, readonly number[]>;
  /** Answers that did not wait. */
  readonly early: number;
  readonly seconds: number;
}

/** So many revocations of every kind in turn, over nodes that are used all the while. */
export async function runRevocations(
  nodes: readonly KMSClient[],
  { revocations, lanes, seed, onRevoked, onSent, notBeforeMs = 0 }: RevocationsOptions,
): Promise<RevocationsResult> {
  const chance = new Chance(seed);
  const uses = new UseCounts();
  const times = new Map<Revocation, number[]>(REVOCATIONS.map((kind) => [kind, []]));
  let given = 0;
  let early = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: lanes }, (_, number) => {
      // Lanes begin at different places, so that all kinds are under way at any time.
      let turn = number;
      const next = (): Revocation | undefined => {
        if (given === revocations) return undefined;
        given += 1;
        turn += 1;
        return REVOCATIONS[turn % REVOCATIONS.length];
      };
      const took = (kind: Revocation, ms: number): void => {
        times.get(kind)?.push(ms);
        if (ms < notBeforeMs) early += 1;
        onRevoked?.();
      };
      return new Lane(`lane-${number}`, nodes, chance, uses, took, onSent).run(next);
    }),
  );
  return { uses, times, early, seconds: (performance.now() - began) / 1_000 };
}

/** The figures, as a table and a closing line. */
export function revocationsText(nodes: number, { uses, times, early, seconds }: RevocationsResult): string {
  const all = [...times.values()].flat();
  const row = (name: string, list: readonly number[]): string =>
    [
      name.padEnd(18),
      String(list.length).padStart(6),
      ...[median(list), percentile(list, 99), Math.max(...list)].map((ms) => `${ms.toFixed(0)} ms`.padStart(9)),
    ].join(' ');
  const failures = [...uses.failures].map(([name, count]) => `${count} ${name}`).join(', ');
  return [
    `${'revocation'.padEnd(18)} ${'number'.padStart(6)} ${'median'.padStart(9)} ${'99 %'.padStart(9)} ${'slowest'.padStart(9)}`,
    ...[...times].filter(([, list]) => list.length > 0).map(([kind, list]) => row(kind, list)),
    row('all', all),
    '',
    `uses: ${uses.succeeded} succeeded, ${uses.refused} refused as revoked, ${failures === '' ? 'none' : failures} failed otherwise`,
    ...uses.findings.map((finding) => `USE AFTER THE ANSWER: ${finding}`),
    `revocations: ${all.length} on ${nodes} nodes in ${seconds.toFixed(1)} s, median ${median(all).toFixed(0)} ms, ` +
      `slowest ${Math.max(...all).toFixed(0)} ms, answers that did not wait ${early}, uses after the answer ${uses.afterTheAnswer}`,
  ].join('\n');
}
