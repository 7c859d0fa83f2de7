import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { authorise } from '../access/authorise.js';
import type { CallContext } from '../call-context.js';
import { Rebuilds, type RebuildStatus, type RebuiltView } from '../processes/rebuilds.js';

export class RebuildStatusQuery extends Query<RebuildStatus> {
  constructor(
    readonly call: CallContext,
    readonly view: RebuiltView,
  ) {
    super();
  }
}

@QueryHandler(RebuildStatusQuery)
export class RebuildStatusHandler implements IQueryHandler<RebuildStatusQuery> {
  constructor(private readonly rebuilds: Rebuilds) {}

  async execute({ call, view }: RebuildStatusQuery): Promise<RebuildStatus> {
    authorise(call, { action: 'claviger:GetStatus', resource: '*', account: call.caller.account }, undefined);
    return this.rebuilds.status(view);
  }
}
