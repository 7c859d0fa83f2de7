import { quoted } from './checks.js';
import {
  addDuration,
  type Duration,
  isAtLeast,
  longestMilliseconds,
  parseDuration,
  shortestMilliseconds,
} from './duration.js';
import { invalid } from './refusals.js';
import type { LifetimeAction, RotationPolicy } from './rotation-policy.js';

/**
 * What a rotation policy may say. A version lives at least one day and at most a hundred years; one action may rotate,
 * a few may give notice, notices are about expiry, and no version expires before its rotation. AWS's narrower bounds (90 to 2560 days)
 * are that protocol's business.
 */
const ONE_DAY: Duration = { months: 0, days: 1, milliseconds: 0 };
const MOST_ACTIONS = 10;
const CENTURY_MS = 36_525 * 86_400_000;

/** @throws KmsError Validation */
export function checkRotationPolicy(policy: RotationPolicy): void {
  const { lifetimeActions } = policy;
  if (lifetimeActions.length > MOST_ACTIONS) {
    throw invalid('lifetimeActions', `at most ${MOST_ACTIONS}`, `${lifetimeActions.length}`);
  }
  const rotations = lifetimeActions.filter(({ action }) => action === 'rotate').length;
  if (rotations > 1) throw invalid('lifetimeActions', 'at most one rotate action', `${rotations}`);
  if (policy.enabled && rotations === 0) throw invalid('enabled', 'false without a rotate action', 'true');
  const expiry = policy.expiryTime === null ? null : duration('expiryTime', policy.expiryTime);
  if (expiry !== null && !isAtLeast(expiry, ONE_DAY))
    throw invalid('expiryTime', 'at least P1D', quoted(policy.expiryTime ?? ''));
  for (const action of lifetimeActions) checkAction(action, expiry);
}

function checkAction(action: LifetimeAction, expiry: Duration | null): void {
  if ('timeAfterCreate' in action) {
    const after = duration('timeAfterCreate', action.timeAfterCreate);
    if (action.action === 'rotate' && !isAtLeast(after, ONE_DAY)) {
      throw invalid('timeAfterCreate', 'at least P1D', quoted(action.timeAfterCreate));
    }
    if (expiry === null) {
      if (action.action === 'notify') throw invalid('expiryTime', 'a duration where there is a notify action', 'none');
    } else if (!isShorter(after, expiry)) {
      throw invalid('timeAfterCreate', 'less than expiryTime', quoted(action.timeAfterCreate));
    }
    return;
  }
  const before = duration('timeBeforeExpiry', action.timeBeforeExpiry);
  if (expiry === null) throw invalid('expiryTime', 'a duration where there is a timeBeforeExpiry', 'none');
  if (shortestMilliseconds(expiry) - longestMilliseconds(before) < shortestMilliseconds(ONE_DAY)) {
    throw invalid('timeBeforeExpiry', 'at least a day less than expiryTime', quoted(action.timeBeforeExpiry));
  }
}

/** Certain whatever the months: by their extremes, or from one and the same beginning. */
const isShorter = (a: Duration, b: Duration): boolean =>
  longestMilliseconds(a) < shortestMilliseconds(b) || (isAtLeast(b, a) && addDuration(0, a) < addDuration(0, b));

function duration(argument: string, text: string): Duration {
  const parsed = parseDuration(text);
  if (parsed === undefined) throw invalid(argument, 'an ISO 8601 duration', quoted(text));
  if (longestMilliseconds(parsed) > CENTURY_MS) throw invalid(argument, 'at most 100 years', quoted(text));
  return parsed;
}
