import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { authorise } from '../access/authorise.js';
import type { CallContext } from '../call-context.js';
import { Doctor, type Examination } from '../processes/doctor.js';

/** Looks for whatever an operator should know about. Reads a lot; changes nothing. */
export class ExamineServiceQuery extends Query<Examination> {
  constructor(readonly call: CallContext) {
    super();
  }
}

@QueryHandler(ExamineServiceQuery)
export class ExamineServiceHandler implements IQueryHandler<ExamineServiceQuery> {
  constructor(private readonly doctor: Doctor) {}

  async execute({ call }: ExamineServiceQuery): Promise<Examination> {
    authorise(call, { action: 'claviger:ExamineService', resource: '*', account: call.caller.account }, undefined);
    return this.doctor.examine();
  }
}
