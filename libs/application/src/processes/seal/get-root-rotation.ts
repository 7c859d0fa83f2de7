import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { authorise } from '../../access/authorise.js';
import type { CallContext } from '../../call-context.js';
import type { RootRotationView } from './root-rotations.js';
import { SealDesk } from './seal-desk.js';

/** How far the exchange of the root key is. */
export class GetRootRotationQuery extends Query<RootRotationView> {
  constructor(readonly call: CallContext) {
    super();
  }
}

@QueryHandler(GetRootRotationQuery)
export class GetRootRotationHandler implements IQueryHandler<GetRootRotationQuery> {
  constructor(private readonly desk: SealDesk) {}

  async execute({ call }: GetRootRotationQuery): Promise<RootRotationView> {
    authorise(call, { action: 'claviger:GetSeal', resource: '*', account: call.caller.account }, undefined);
    return this.desk.rotation();
  }
}
