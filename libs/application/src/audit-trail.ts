import { KmsError } from '@claviger/domain';
import type { Clock, Logger, Metrics } from '@claviger/platform';
import { type AuditJournal, JournalOverloaded, JournalUnavailable } from '@claviger/ports';
import type { UsageCounters } from '@claviger/projections';
import { type Lease, withoutLease } from './access/lease.js';
import { overtaken, type UseGate } from './access/use-gate.js';
import type { CallContext, CallSource, UnauthenticatedCall } from './call-context.js';
import { EntryTemplates, unauthenticatedEntry } from './entry-template.js';
import { portError } from './port-errors.js';
import { UnauthenticatedLimit } from './unauthenticated-limit.js';

/**
 * The only writer of audit entries. No answer leaves before its record is durable: `run` wraps a whole call, and returns or throws only
 * after the record of its success, refusal or failure is on disk. Changes whose events are stored have their record already.
 */
export class AuditTrail {
  private readonly templates: EntryTemplates;
  private readonly limit: UnauthenticatedLimit;
  private readonly calls;
  private readonly failures;

  constructor(
    private readonly journal: AuditJournal,
    private readonly usage: UsageCounters,
    private readonly gate: UseGate,
    private readonly lease: Lease,
    private readonly clock: Clock,
    private readonly logger: Logger,
    metrics: Metrics,
    private readonly node: string,
  ) {
    this.templates = new EntryTemplates(node);
    this.limit = new UnauthenticatedLimit(clock, (source, calls) => this.summed(source, calls));
    this.calls = metrics.counter('claviger_calls_total', 'Calls by protocol, operation and result', [
      'protocol',
      'operation',
      'result',
    ]);
    this.failures = metrics.counter(
      'claviger_audit_failures_total',
      'Calls refused because their record could not be written',
    );
  }

  /** @throws whatever `work` throws, as KmsError; KmsError Throttled or Unavailable when the record cannot be written */
  async run<T>(call: CallContext, work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      await this.write(call, 'success', undefined);
      // The record says what happened; but a node whose lease ran out meanwhile must not let the result go, nor a call that a revocation
      // has not waited for.
      if (call.facts.inside !== null && !this.lease.held) throw new NotAnswered(withoutLease());
      if (!this.gate.mayAnswer(call)) throw new NotAnswered(overtaken());
      return result;
    } catch (error) {
      if (error instanceof NotAnswered) throw error.reason;
      const failure = this.asKmsError(call, error);
      const refused = failure.kind === 'AccessDenied' || failure.kind === 'Unauthenticated';
      try {
        await this.write(call, refused ? 'denied' : 'failure', failure.kind);
      } catch (unwritten) {
        if (unwritten instanceof NotAnswered) throw unwritten.reason;
        throw unwritten;
      }
      throw failure;
    } finally {
      this.gate.leave(call);
    }
  }

  /** At most ten entries per source and minute, the rest summed in one. Resolves when durable (or summed). */
  async unauthenticated(call: UnauthenticatedCall): Promise<void> {
    this.calls.inc({ protocol: call.protocol, operation: call.operation, result: 'denied' });
    if (!this.limit.admit(call.source)) return;
    const entry = unauthenticatedEntry(this.node, this.clock.now(), call, 1);
    try {
      this.usage.passed(await this.journal.append(entry));
    } catch (error) {
      throw this.notRecorded(error).reason;
    }
  }

  private summed(source: CallSource, calls: number): void {
    const call = { source, requestId: 'summed', protocol: '-', operation: '-', error: 'Unauthenticated' };
    this.journal.append(unauthenticatedEntry(this.node, this.clock.now(), call, calls)).then(
      (sequence) => this.usage.passed(sequence),
      (error: unknown) => this.logger.error('a sum of unauthenticated calls could not be recorded', { error, calls }),
    );
  }

  private async write(
    call: CallContext,
    result: 'success' | 'denied' | 'failure',
    error: string | undefined,
  ): Promise<void> {
    this.calls.inc({ protocol: call.protocol, operation: call.operation, result });
    // The events are the record of a change (DESIGN section 3).
    if (call.facts.events > 0) return;
    const now = this.clock.now();
    let sequence: number;
    try {
      sequence = await this.journal.append(this.templates.entry(call, result, error, now));
    } catch (unwritten) {
      throw this.notRecorded(unwritten);
    }
    const { keyId, version, counts, source } = call.facts;
    if (counts && result === 'success' && keyId !== null && version !== null) {
      this.usage.used(sequence, keyId, version, now);
      if (source !== null) this.usage.alsoUsed(source.keyId, source.version, now);
    } else {
      this.usage.passed(sequence);
    }
  }

  private notRecorded(error: unknown): NotAnswered {
    this.failures.inc();
    if (error instanceof JournalOverloaded) {
      return new NotAnswered(new KmsError('Throttled', 'Too many calls wait for their audit record. Try again.'));
    }
    if (!(error instanceof JournalUnavailable)) this.logger.error('the audit journal failed', { error });
    return new NotAnswered(
      new KmsError('Unavailable', 'The audit journal cannot be written. No call is answered without its record.'),
    );
  }

  private asKmsError(call: CallContext, error: unknown): KmsError {
    const known = portError(error);
    if (known !== undefined) {
      if (known !== error) this.logger.warn('a call failed on what it needs', { error, requestId: call.requestId });
      return known;
    }
    this.logger.error('a call failed unexpectedly', { error, requestId: call.requestId, operation: call.operation });
    return new KmsError('Internal', `An internal error occurred. Request id: ${call.requestId}`);
  }
}

/** Wraps the answer for a call whose record is written already, or could not be: `run` does not try to record that again. */
class NotAnswered extends Error {
  constructor(readonly reason: KmsError) {
    super(reason.message);
  }
}
