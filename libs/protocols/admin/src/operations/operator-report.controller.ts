import { type CallContext, OperatorReportQuery } from '@claviger/application';
import { Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Route } from '../route.js';
import { OperatorReportDto } from './hold.dto.js';

@AdminController('operator')
export class OperatorReportController {
  constructor(private readonly queries: QueryBus) {}

  @Get('report')
  @Route({
    operation: 'GetOperatorReport',
    summary: 'What the service waits for an operator to decide',
    answer: OperatorReportDto,
  })
  async handle(@Call() call: CallContext): Promise<OperatorReportDto> {
    return this.queries.execute(new OperatorReportQuery(call));
  }
}
