import { type DecidedOn, evaluate, KmsError } from '@claviger/domain';
import type { CallContext } from '../call-context.js';
import { Authorised } from './authorised.js';

/** What is to be done to what. */
export interface Wanted {
  /** `kms:Encrypt`, `claviger:Retire`, … */
  readonly action: string;
  /** ARN of the resource, or `*` where the operation has none. */
  readonly resource: string;
  /** Account that owns the resource. */
  readonly account: string;
  /** Revisions of the resource that the decision rests on. */
  readonly key?: number;
  readonly policy?: number;
}

const SYSTEM = 'system:';

/**
 * The one authorisation of every protocol: default deny. Writes what it decided on into the call's facts, for the record.
 * @throws KmsError AccessDenied
 */
export function authorise<T>(call: CallContext, wanted: Wanted, subject: T): Authorised<T> {
  const { caller } = call;
  const decidedOn = decidedOnOf(wanted, caller.revision);
  call.facts.decidedOn = decidedOn;
  const allowed =
    (caller.id.startsWith(SYSTEM) && call.protocol === 'system') ||
    evaluate(caller, wanted.action, wanted.account) === 'allow';
  if (!allowed) {
    const resource = wanted.resource === '*' ? '' : ` on resource: ${wanted.resource}`;
    throw new KmsError(
      'AccessDenied',
      `User: ${caller.arn} is not authorized to perform: ${wanted.action}${resource} because no resource-based policy allows the ${wanted.action} action`,
      { resource: wanted.resource, operation: wanted.action },
    );
  }
  return Authorised.unsafeGrant(subject, decidedOn);
}

/** Written out: spreads of optional members cost a microsecond per call. */
function decidedOnOf({ key, policy }: Wanted, principal: number): DecidedOn {
  if (key === undefined) return policy === undefined ? { principal } : { policy, principal };
  return policy === undefined ? { key, principal } : { key, policy, principal };
}
