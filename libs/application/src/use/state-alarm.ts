import { KmsError } from '@claviger/domain';
import type { Counter, Logger, Metrics } from '@claviger/platform';
import type { CallContext } from '../call-context.js';

/** Attempts to use keys and versions in a state that forbids it: somebody still needs what was taken out of service. */
export class StateAlarm {
  private readonly attempts: Counter;

  constructor(
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.attempts = metrics.counter(
      'claviger_invalid_state_uses_total',
      'Attempts to use a key or version in a state that forbids it',
      ['state'],
    );
  }

  look(call: CallContext, error: unknown): void {
    if (!(error instanceof KmsError) || (error.kind !== 'InvalidKeyState' && error.kind !== 'Disabled')) return;
    const state = error.details.state ?? 'unknown';
    this.attempts.inc({ state });
    this.logger.warn('ALERT: a use was attempted in a state that forbids it', {
      key: error.details.resource ?? call.facts.keyId,
      version: call.facts.version,
      state,
      operation: call.operation,
      requestId: call.requestId,
    });
  }
}
