import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { authorise } from '../../access/authorise.js';
import type { CallContext } from '../../call-context.js';
import { SealDesk, type SealView } from './seal-desk.js';

/** The seal as it is, and a rekey that may be under way. */
export class GetSealQuery extends Query<SealView> {
  constructor(readonly call: CallContext) {
    super();
  }
}

@QueryHandler(GetSealQuery)
export class GetSealHandler implements IQueryHandler<GetSealQuery> {
  constructor(private readonly desk: SealDesk) {}

  async execute({ call }: GetSealQuery): Promise<SealView> {
    authorise(call, { action: 'claviger:GetSeal', resource: '*', account: call.caller.account }, undefined);
    return this.desk.view();
  }
}
