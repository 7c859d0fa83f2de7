import { LOCAL_JOURNAL } from './start.js';
import { UNAVAILABLE } from './answers.js';
import type { Outcome, ProbeKind } from './probes.js';

/** DESIGN section 7. */
const LEASE_MS = 5_000;
/** An answer takes its time through busy processes, this one among them. */
const ON_THE_WAY_MS = 750;
/** Connections end, and the first calls find out. */
const FIRST_MS = 300;

/**
 * What callers must see during an outage. `goes on`: no call fails · `unavailable`: every call says Unavailable · `until the lease ends`:
 * calls may succeed within the lease, then every one says Unavailable.
 */
export type Course = 'goes on' | 'unavailable' | 'until the lease ends';
export type Expectation = Readonly<Record<ProbeKind, Course>>;

/** A time during which something was out of order, monotonic milliseconds. */
export interface Span {
  readonly began: number;
  readonly ended: number;
  /** Nobody is told, so that a call may have no answer before the end. */
  readonly silent: boolean;
}

/** Within a call's own patience it may wait; afterwards it is told so. */
const OPEN: ReadonlySet<string | undefined> = new Set([UNAVAILABLE, 'ThrottlingException']);

export interface Judgement {
  readonly findings: readonly string[];
  readonly usesBeyondTheLease: number;
}

/** Holds what became of calls against what was expected. Calls that were answered after the end count for nothing. */
export function judge(outcomes: readonly Outcome[], expected: Expectation, span: Span): Judgement {
  const findings: string[] = [];
  let usesBeyondTheLease = 0;
  for (const [node, kind, calls] of grouped(outcomes)) {
    const inside = calls.filter(({ sentAt, answeredAt }) => sentAt >= span.began && answeredAt <= span.ended);
    // Sent before, and answered as one that was sent later must be.
    const answers = new Set(
      calls.filter(({ answeredAt: at }) => at > span.began && at <= span.ended).map((one) => one.failure),
    );
    const say = (what: string): void => void findings.push(`${node}, ${kind}: ${what}`);
    switch (expected[kind]) {
      case 'goes on':
        for (const failure of new Set(inside.map((one) => one.failure).filter((one) => one !== undefined)))
          say(`expected to go on, found ${failure}`);
        if (!answers.has(undefined)) say('expected to go on, found no such answer');
        break;
      case 'unavailable': {
        const told = inside.filter(({ sentAt }) => sentAt > span.began + FIRST_MS);
        for (const failure of new Set(told.map((one) => one.failure)))
          if (!OPEN.has(failure)) say(`expected Unavailable, found ${failure ?? 'success'}`);
        if (!answers.has(UNAVAILABLE) && !span.silent) say('expected Unavailable, found no such answer');
        break;
      }
      case 'until the lease ends': {
        const end = span.began + LEASE_MS + ON_THE_WAY_MS;
        const beyond = inside.filter(({ answeredAt, failure }) => failure === undefined && answeredAt > end);
        usesBeyondTheLease += beyond.length;
        if (beyond.length > 0) say(`${beyond.length} uses beyond the lease`);
        for (const failure of new Set(inside.map((one) => one.failure).filter((one) => one !== undefined)))
          if (!OPEN.has(failure)) say(`expected Unavailable, found ${failure}`);
        if (!inside.some(({ sentAt, failure }) => sentAt > end && failure === UNAVAILABLE))
          say('expected Unavailable after the lease, found no such answer');
        if (
          node === LOCAL_JOURNAL &&
          !inside.some(({ failure, sentAt }) => failure === undefined && sentAt > span.began + FIRST_MS)
        )
          say('expected to go on within the lease, found no success');
      }
    }
  }
  return { findings, usesBeyondTheLease };
}

function grouped(outcomes: readonly Outcome[]): (readonly [string, ProbeKind, readonly Outcome[]])[] {
  const groups = Map.groupBy(outcomes, ({ node, kind }) => `${node}/${kind}`);
  return [...groups.values()].flatMap((calls) => {
    const [first] = calls;
    return first === undefined ? [] : [[first.node, first.kind, calls] as const];
  });
}
