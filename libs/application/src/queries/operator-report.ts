import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { authorise } from '../access/authorise.js';
import type { CallContext } from '../call-context.js';
import { Operator, type OperatorReport } from '../processes/operator.js';

/** What the service waits for an operator to decide. */
export class OperatorReportQuery extends Query<OperatorReport> {
  constructor(readonly call: CallContext) {
    super();
  }
}

@QueryHandler(OperatorReportQuery)
export class OperatorReportHandler implements IQueryHandler<OperatorReportQuery> {
  constructor(private readonly operator: Operator) {}

  async execute({ call }: OperatorReportQuery): Promise<OperatorReport> {
    authorise(call, { action: 'claviger:GetOperatorReport', resource: '*', account: call.caller.account }, undefined);
    return this.operator.report();
  }
}
