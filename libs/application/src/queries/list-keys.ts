import { type KeyFilter, type KeyPage, KeyState } from '@claviger/projections';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { authorise } from '../access/authorise.js';
import type { CallContext } from '../call-context.js';

export class ListKeysQuery extends Query<KeyPage> {
  constructor(
    readonly call: CallContext,
    readonly filter: Omit<KeyFilter, 'account' | 'region'>,
    /** Key id to continue after; empty for the first page. */
    readonly after: string,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(ListKeysQuery)
export class ListKeysHandler implements IQueryHandler<ListKeysQuery> {
  constructor(private readonly keyState: KeyState) {}

  async execute({ call, filter, after, limit }: ListKeysQuery): Promise<KeyPage> {
    const { account } = call.caller;
    authorise(call, { action: 'kms:ListKeys', resource: '*', account }, undefined);
    await this.keyState.toHead();
    return this.keyState.listKeys({ ...filter, account, region: call.region }, after, limit);
  }
}
