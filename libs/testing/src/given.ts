import type { Decider, Decision, DomainEvent, KmsErrorKind } from '@claviger/domain';

/** When everything in a `given` happened, unless {@link at} says otherwise. Epoch milliseconds. */
export const GIVEN_AT = Date.UTC(2026, 0, 15, 12);

/** Events that happened at a time of their own. */
export interface Timed<E extends DomainEvent> {
  readonly at: number;
  readonly events: readonly E[];
}
export const at = <E extends DomainEvent>(time: number, ...events: readonly E[]): Timed<E> => ({ at: time, events });

export interface Then<S, E extends DomainEvent> {
  /** Exactly these events, in order. @returns the state after them, folded at the last time that was given */
  then(...expected: readonly E[]): S;
  /** Legal, and so already: no events. */
  thenNothing(): void;
  /** The decision asks for material under this version number. */
  thenMaterial(version: number): void;
  /** Refused, and with what sentence. `details` are compared member by member. */
  thenThrows(kind: KmsErrorKind, message?: RegExp, details?: Readonly<Record<string, string>>): void;
}

export interface Given<S, C, E extends DomainEvent, X> {
  readonly state: S;
  when(command: C, context: X): Then<S, E>;
}

/** given(decider, ...past).when(command, context).then(...events) */
export function given<S, C, E extends DomainEvent, X>(
  decider: Decider<S, C, E, X>,
  ...past: readonly (E | Timed<E>)[]
): Given<S, C, E, X> {
  let state = decider.initialState;
  let last = GIVEN_AT;
  for (const entry of past) {
    const timed = 'events' in entry ? entry : at(GIVEN_AT, entry);
    last = timed.at;
    for (const event of timed.events) state = decider.evolve(state, event, timed.at);
  }
  return {
    state,
    when(command, context) {
      const outcome = attempt(() => decider.decide(state, command, context));
      return {
        then(...expected) {
          const decision = decisionOf(outcome);
          expect(decision).toEqual({ kind: 'events', events: expected });
          return expected.reduce((folded, event) => decider.evolve(folded, event, last), state);
        },
        thenNothing() {
          expect(decisionOf(outcome)).toEqual({ kind: 'events', events: [] });
        },
        thenMaterial(version) {
          expect(decisionOf(outcome)).toEqual({ kind: 'material', version });
        },
        thenThrows(kind, message, details) {
          if (!('error' in outcome)) {
            throw new Error(`expected ${kind}, but the command was accepted: ${JSON.stringify(outcome.decision)}`);
          }
          expect(outcome.error).toMatchObject({
            name: 'KmsError',
            kind,
            ...(details === undefined ? {} : { details }),
          });
          if (message !== undefined) expect(outcome.error).toMatchObject({ message: expect.stringMatching(message) });
        },
      };
    },
  };
}

type Outcome<E extends DomainEvent> = { readonly decision: Decision<E> } | { readonly error: unknown };

function attempt<E extends DomainEvent>(decide: () => Decision<E>): Outcome<E> {
  try {
    return { decision: decide() };
  } catch (error) {
    return { error };
  }
}

function decisionOf<E extends DomainEvent>(outcome: Outcome<E>): Decision<E> {
  if ('error' in outcome) throw outcome.error;
  return outcome.decision;
}
