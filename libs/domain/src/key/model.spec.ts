import { decideStep, GIVEN_AT, keyCommandArbitrary, KeyModel, type KeyStep, viewOfKey } from '@claviger/testing';
import fc from 'fast-check';
import { KmsError } from '../errors.js';
import { EVENT_TYPES } from '../events/registry.js';
import type { KeyEvent } from './events.js';
import { evolveKey } from './evolve.js';
import type { KeyAggregate } from './state.js';

/** random lives of a key against a plain model, and rules that hold at every event of each. */
const RUNS = { numRuns: Number(process.env.CLAVIGER_MODEL_RUNS ?? 400), seed: 20261125 };

interface Moment {
  readonly at: number;
  readonly event: KeyEvent;
  readonly before: KeyAggregate;
  readonly after: KeyAggregate;
}

/** Lives a life; `each` sees every step with the outcome on both sides. */
function live(
  steps: readonly KeyStep[],
  each: (step: KeyStep, state: KeyAggregate, outcome: string, model: KeyModel, now: number) => void,
) {
  const model = new KeyModel();
  const history: Moment[] = [];
  let state: KeyAggregate = null;
  let now = GIVEN_AT;
  for (const step of steps) {
    now += step.advanceMs;
    let outcome = 'nothing';
    try {
      for (const event of decideStep(state, step, now)) {
        outcome = 'changed';
        const before: KeyAggregate = state;
        state = evolveKey(before, event, now);
        history.push({ at: now, event, before, after: state });
      }
    } catch (error) {
      if (!(error instanceof KmsError)) throw error;
      outcome = error.kind;
    }
    each(step, state, outcome, model, now);
  }
  return history;
}

const check = (property: (steps: readonly KeyStep[]) => void) =>
  fc.assert(fc.property(keyCommandArbitrary(), property), RUNS);

describe('a key that random commands act on', () => {
  it('does what the plain model says, step by step', () => {
    check((steps) => {
      live(steps, (step, state, outcome, model, now) => {
        expect([step.command, outcome]).toEqual([step.command, model.step(step, now)]);
        expect(viewOfKey(state)).toEqual(model.view());
      });
    });
  });

  it('has at most one ACTIVE version at every event, and exactly one while it is enabled', () => {
    check((steps) => {
      for (const { after } of live(steps, () => {})) {
        const active = after?.versions.filter((version) => version.status === 'ACTIVE') ?? [];
        expect(active.length).toBeLessThanOrEqual(1);
        expect(active[0]?.version ?? null).toBe(after?.activeVersion);
        if (after !== null && !after.disabled && after.deletedAt === null) {
          expect(active.length === 1 || after.destructionStartedAt !== null).toBe(true);
        }
      }
    });
  });

  it('never lets a compromised version back to use, and never loses the mark', () => {
    check((steps) => {
      for (const { before, after } of live(steps, () => {})) {
        for (const version of before?.versions ?? []) {
          if (version.compromisedAt === null) continue;
          const next = after?.versions.find((candidate) => candidate.version === version.version);
          expect(next?.compromisedAt).toBe(version.compromisedAt);
          expect(['COMPROMISED', 'RETIRED', 'PENDING_DELETION', 'DELETED']).toContain(next?.status);
        }
      }
    });
  });

  it('numbers versions upwards and never takes one away', () => {
    check((steps) => {
      for (const { before, after } of live(steps, () => {})) {
        expect(after?.lastVersion).toBeGreaterThanOrEqual(before?.lastVersion ?? 0);
        expect(after?.versions.length).toBeGreaterThanOrEqual(before?.versions.length ?? 0);
        const numbers = after?.versions.map(({ version }) => version) ?? [];
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
        expect(numbers.at(-1)).toBe(after?.lastVersion);
      }
    });
  });

  it('keeps what is deleted deleted', () => {
    check((steps) => {
      for (const { before, after } of live(steps, () => {})) {
        expect(before?.deletedAt ?? null).toBeNull();
        for (const version of before?.versions ?? []) {
          if (version.status !== 'DELETED') continue;
          expect(after?.versions.find((candidate) => candidate.version === version.version)).toBe(version);
        }
      }
    });
  });

  it('folds to the same state in one go and from any point on, and leaves earlier states as they were', () => {
    check((steps) => {
      const history = live(steps, () => {});
      const frozen = history.map(({ after }) => JSON.stringify(after));
      const fold = (from: KeyAggregate, moments: readonly Moment[]): KeyAggregate =>
        moments.reduce<KeyAggregate>((state, { event, at }) => evolveKey(state, event, at), from);
      const whole = fold(null, history);
      for (let cut = 0; cut <= history.length; cut += Math.max(1, Math.floor(history.length / 5))) {
        expect(fold(fold(null, history.slice(0, cut)), history.slice(cut))).toEqual(whole);
      }
      expect(history.map(({ after }) => JSON.stringify(after))).toEqual(frozen);
    });
  });

  it('lives through every state and all kinds of events but three in these runs', () => {
    const types = new Set<string>();
    const statuses = new Set<string>();
    check((steps) => {
      for (const { event, after } of live(steps, () => {})) {
        types.add(event.type);
        for (const { status } of after?.versions ?? []) statuses.add(status);
      }
    });
    expect([...statuses].sort()).toEqual(
      [
        'ACTIVE',
        'COMPROMISED',
        'DELETED',
        'DISABLED',
        'PENDING_DELETION',
        'PENDING_RETIREMENT',
        'RETIRED',
        'STAGED',
      ].sort(),
    );
    expect(EVENT_TYPES.key?.filter((type) => !types.has(type))).toEqual([
      'ExpiryNotified',
      'OwnerChanged',
      'UsesChanged',
    ]);
  });
});
