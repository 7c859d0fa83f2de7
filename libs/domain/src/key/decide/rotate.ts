import type { Decision } from '../../envelope.js';
import { KmsError } from '../../errors.js';
import type { KeyContext, RotateKey } from '../commands.js';
import type { KeyEvent } from '../events.js';
import { invalid, invalidKeyState, keyIsDisabled } from '../refusals.js';
import { nextRotationAt, useLimitPeriod } from '../rotation-schedule.js';
import type { KeyAggregate, KeyState } from '../state.js';
import { newVersion, specOfNext } from './new-version.js';
import { events, living, nothing } from './ready.js';

/**
 * One append makes the new version ACTIVE and the old one PENDING_RETIREMENT.
 *
 * A disabled key rotates only as the answer to a compromise that left it without an ACTIVE version; it stays disabled until somebody
 * enables it. A staged version holds rotations back: whoever staged it means it to be next. Not so the two that protect data: at the use
 * limit and after a compromise a fresh version goes ahead, and the staged one stays staged.
 */
export function rotateKey(state: KeyAggregate, command: RotateKey, context: KeyContext): Decision<KeyEvent> {
  const { type, trigger, period } = command;
  const key = living(state, type);
  if (key.disabled && !(trigger === 'compromise' && key.activeVersion === null)) throw keyIsDisabled(key, type);
  if (trigger === 'staged') throw invalid('trigger', 'another one: a staged version is activated', trigger, type);
  if (trigger === 'automatic' && period === null)
    throw invalid('period', 'the period of an automatic rotation', 'none', type);
  if (isCovered(key, command, context.now)) return nothing;
  if (command.mostOnDemand !== undefined && key.onDemandRotations >= command.mostOnDemand) {
    const message = `${key.arn} has been rotated on demand ${key.onDemandRotations} times, at most ${command.mostOnDemand} are allowed.`;
    throw new KmsError('LimitExceeded', message, { resource: key.arn, operation: type });
  }
  const urgent = trigger === 'use_limit' || trigger === 'compromise';
  if (key.stagedVersion !== null && !urgent) {
    const message = `Version ${key.stagedVersion} of ${key.arn} is staged; activate it, or schedule its deletion, before a rotation.`;
    throw invalidKeyState(key, type, 'staged', message);
  }
  const next = newVersion(key, specOfNext(key, command.spec, type), context);
  if (next.kind === 'material') return next;
  const data = { version: next.version, from: previousActive(key), trigger, period, material: next.material };
  return events({ type: 'VersionRotated', data }, ...retirementOf(key.activeVersion));
}

/** The period has had its rotation, or there is nothing to cover. */
function isCovered(key: KeyState, { trigger, period }: RotateKey, now: number): boolean {
  if (period === null) return false;
  // Before the comparison below: a version that was rolled back to after its limit has to go again.
  if (trigger === 'use_limit') return period !== useLimitPeriod(key);
  if (period === key.lastRotationPeriod) return true;
  if (trigger !== 'automatic') return false;
  const due = nextRotationAt(key);
  return due === null || due > now;
}

/** The version that is ACTIVE, or else was last: it names what a version replaces, also after a compromise. */
export function previousActive(key: KeyState): number | null {
  if (key.activeVersion !== null) return key.activeVersion;
  let last: { readonly version: number; readonly at: number } | null = null;
  for (const { version, activatedAt } of key.versions) {
    if (activatedAt !== null && (last === null || activatedAt >= last.at)) last = { version, at: activatedAt };
  }
  return last?.version ?? null;
}

export const retirementOf = (active: number | null): readonly KeyEvent[] =>
  active === null ? [] : [{ type: 'PendingRetirement', data: { version: active } }];
