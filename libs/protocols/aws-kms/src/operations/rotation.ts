import { DescribeKeyQuery, type KeyDescription, type KeyReference, type CallContext } from '@claviger/application';
import {
  isSymmetric,
  type KeyAttributes,
  type LifetimeAction,
  longestMilliseconds,
  parseDuration,
  type RotationPolicy,
  shortestMilliseconds,
} from '@claviger/domain';
import type { QueryBus } from '@nestjs/cqrs';
import { readKeyOnly } from '../identifiers/key-id.js';
import { unsupported } from './arguments.js';

const DAY = 86_400_000;

/** Rotation over this protocol is of symmetric keys; asymmetric and HMAC keys rotate through the admin API. */
export function assertRotatable({ arn, spec }: KeyAttributes, operation: string): void {
  if (!isSymmetric(spec)) {
    throw unsupported(`${arn} key spec is ${spec} which is not valid for ${operation}.`);
  }
}

/** The symmetric key that a rotation operation is about. @throws KmsError NotFound, InvalidArn, AccessDenied, Unsupported */
export async function findRotatable(
  call: CallContext,
  keyId: string,
  queries: QueryBus,
): Promise<{ readonly key: KeyReference; readonly description: KeyDescription }> {
  const key = readKeyOnly(keyId, call.region);
  const description = await queries.execute(new DescribeKeyQuery(call, key, `kms:${call.operation}`));
  assertRotatable(description.attributes, call.operation);
  return { key, description };
}

/** `current`, rotating every `days`. What it says about expiry and notices stays: this protocol has no words for it. */
export function everyDays(current: RotationPolicy, days: number): RotationPolicy {
  const others = current.lifetimeActions.filter(({ action }) => action !== 'rotate');
  return {
    ...current,
    enabled: true,
    lifetimeActions: [...others, { action: 'rotate', timeAfterCreate: `P${days}D` }],
  };
}

/** Length of the period in days; undefined where there is no rotate action. Months count as their shortest. */
export function periodInDays(policy: RotationPolicy): number | undefined {
  const action = policy.lifetimeActions.find((candidate) => candidate.action === 'rotate');
  const milliseconds = action === undefined ? undefined : periodOf(action, policy.expiryTime);
  return milliseconds === undefined ? undefined : Math.max(1, Math.floor(milliseconds / DAY));
}

function periodOf(action: LifetimeAction, expiryTime: string | null): number | undefined {
  if ('timeAfterCreate' in action) {
    const after = parseDuration(action.timeAfterCreate);
    return after === undefined ? undefined : shortestMilliseconds(after);
  }
  const expiry = expiryTime === null ? undefined : parseDuration(expiryTime);
  const before = parseDuration(action.timeBeforeExpiry);
  return expiry === undefined || before === undefined
    ? undefined
    : shortestMilliseconds(expiry) - longestMilliseconds(before);
}
