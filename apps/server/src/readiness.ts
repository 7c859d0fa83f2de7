import type { Holds } from '@claviger/application';
import type { KeyState } from '@claviger/projections';
import type { ProfileParts } from './profiles/parts.js';

/** What `/health/ready` says. */
export interface Readiness {
  /** Why no call can be served; empty when this node is ready. */
  readonly notReady: readonly string[];
  /** What is wrong with a part of what it serves: others can do it, or the rest goes on. */
  readonly warnings: readonly string[];
}

const MOST_NAMED = 5;

export function readinessOf(parts: ProfileParts, holds: Holds): Readiness {
  return {
    notReady: [
      ...parts.notReady(),
      ...(holds.stopsUse ? ['held for an operator: see `claviger operator report`'] : []),
    ],
    warnings: [...newerThanThisNode(parts.keyState), ...tokenThatIsAway(parts)],
  };
}

/** Only warned of: all nodes share the token, and the keys of protection level SOFTWARE go on without it. */
function tokenThatIsAway({ token }: Pick<ProfileParts, 'token'>): readonly string[] {
  return token?.state.kind === 'unavailable'
    ? [`the token ${token.label} does not answer: keys of protection level HSM cannot be used`]
    : [];
}

/**
 * Keys (and aliases, principals …) that a node of a newer version has changed, during a rolling upgrade. Only warned of: were every node of
 * the earlier version unready for one such key, all the others would be out of use as well.
 */
function newerThanThisNode(state: Pick<KeyState, 'newer'>): readonly string[] {
  const streams = state.newer();
  const keys = streams.filter((stream) => stream.startsWith('key-')).map((stream) => stream.slice(-36));
  const others = streams.length - keys.length;
  return [
    ...(keys.length === 0
      ? []
      : [
          `${count(keys.length, 'key is', 'keys are')} of a newer version than this node, and unavailable on it: ${listed(keys)}`,
        ]),
    ...(others === 0
      ? []
      : [
          `${count(others, 'other resource is', 'other resources are')} of a newer version than this node: see \`claviger doctor\``,
        ]),
  ];
}

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

const listed = (keys: readonly string[]): string =>
  `${keys.slice(0, MOST_NAMED).join(', ')}${keys.length > MOST_NAMED ? ` and ${keys.length - MOST_NAMED} more` : ''}`;
