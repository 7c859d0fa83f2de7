import type { Clock, Ids } from '@claviger/platform';
import { type CallContext, newFacts } from './call-context.js';

/** A call by one of the service's own processes, as principal `system:<name>`: authorised and recorded like anybody's. */
export function systemCall(
  ids: Ids,
  clock: Clock,
  name: string,
  account: string,
  region: string,
  operation: string,
): CallContext {
  return {
    caller: {
      id: `system:${name}`,
      account,
      name: `system:${name}`,
      arn: `arn:aws:iam::${account}:system/${name}`,
      administrator: false,
      environment: null,
      revision: -1,
    },
    region,
    source: { address: 'internal', userAgent: null },
    requestId: ids.uuid7(),
    protocol: 'system',
    operation,
    reason: null,
    receivedAt: clock.now(),
    idempotencyKey: null,
    requestHash: null,
    ifMatch: null,
    facts: newFacts(),
  };
}
