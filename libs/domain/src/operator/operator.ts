import type { Decider, DomainEvent } from '../envelope.js';
import { KmsError } from '../errors.js';

/**
 * What concerns the service as a whole and a person: downtimes that deletion windows must not count, and findings that an operator
 * has accepted. One stream.
 */
export const OPERATOR_STREAM = 'operator-service';

/** Times in ISO 8601. */
export type ServiceResumed = DomainEvent<'ServiceResumed', { readonly from: string; readonly to: string }>;
export type ReportAccepted = DomainEvent<
  'ReportAccepted',
  /** `report`: SHA-256 (hex) of what was accepted; `kinds`: which holds it released. */
  { readonly report: string; readonly kinds: readonly string[]; readonly findings: readonly string[] }
>;
export type OperatorEvent = ServiceResumed | ReportAccepted;

export interface OperatorState {
  /** Epoch milliseconds; those of the last 180 days, which covers every deletion window. */
  readonly downtimes: readonly { readonly from: number; readonly to: number }[];
}

export interface ResumeService {
  readonly type: 'ResumeService';
  readonly from: number;
  readonly to: number;
}
export interface AcceptReport {
  readonly type: 'AcceptReport';
  /** The hash that the operator has seen. */
  readonly report: string;
  readonly kinds: readonly string[];
  readonly findings: readonly string[];
}
export type OperatorCommand = ResumeService | AcceptReport;

export interface OperatorContext {
  readonly now: number;
  /** Hash of the report as it stands now. */
  readonly report: string;
}

const KEPT = 180 * 24 * 60 * 60 * 1000;

export const operatorDecider: Decider<OperatorState, OperatorCommand, OperatorEvent, OperatorContext> = {
  initialState: { downtimes: [] },

  evolve(state, event) {
    switch (event.type) {
      case 'ServiceResumed': {
        const [from, to] = [Date.parse(event.data.from), Date.parse(event.data.to)];
        return { downtimes: [...state.downtimes.filter((downtime) => to - downtime.to < KEPT), { from, to }] };
      }
      case 'ReportAccepted':
        return state;
    }
  },

  decide(_, command, context) {
    switch (command.type) {
      case 'ResumeService': {
        const data = { from: new Date(command.from).toISOString(), to: new Date(command.to).toISOString() };
        return { kind: 'events', events: [{ type: 'ServiceResumed', data }] };
      }
      case 'AcceptReport': {
        const { report, kinds, findings } = command;
        if (kinds.length === 0)
          throw new KmsError('InvalidKeyState', 'There is nothing to accept: no hold is in force.');
        if (report !== context.report) {
          throw new KmsError(
            'PreconditionFailed',
            'The report has changed since it was read. Read it again, and accept what it says now.',
            {
              argument: 'report',
              expected: context.report,
              found: report,
            },
          );
        }
        return { kind: 'events', events: [{ type: 'ReportAccepted', data: { report, kinds, findings } }] };
      }
    }
  },
};
