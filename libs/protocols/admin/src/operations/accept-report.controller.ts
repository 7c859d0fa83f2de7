import { type CallContext, Operator } from '@claviger/application';
import { Body, Post } from '@nestjs/common';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Text } from '../fields/fields.js';
import { Route } from '../route.js';
import { OperatorReportDto } from './hold.dto.js';

export class AcceptReportBody {
  @Text({ min: 64, max: 64, pattern: /^[0-9a-f]{64}$/, description: 'The hash of the report that was read.' })
  report!: string;
}

@AdminController('operator')
export class AcceptReportController {
  constructor(private readonly operator: Operator) {}

  @Post('accept')
  @Route({
    operation: 'AcceptReport',
    summary: 'Accept what was found, and let the service go on; 412 when the report has changed since it was read',
    answer: OperatorReportDto,
  })
  async handle(@Call() call: CallContext, @Body() { report }: AcceptReportBody): Promise<OperatorReportDto> {
    return this.operator.accept(call, report);
  }
}
