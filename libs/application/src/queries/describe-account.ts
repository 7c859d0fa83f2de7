import { type AccountState, KmsError } from '@claviger/domain';
import { KeyState } from '@claviger/projections';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { authorise } from '../access/authorise.js';
import type { CallContext } from '../call-context.js';

/** The caller's account. */
export class DescribeAccountQuery extends Query<AccountState> {
  constructor(readonly call: CallContext) {
    super();
  }
}

@QueryHandler(DescribeAccountQuery)
export class DescribeAccountHandler implements IQueryHandler<DescribeAccountQuery> {
  constructor(private readonly keyState: KeyState) {}

  async execute({ call }: DescribeAccountQuery): Promise<AccountState> {
    const { account } = call.caller;
    authorise(call, { action: 'claviger:DescribeAccount', resource: '*', account }, undefined);
    await this.keyState.toHead();
    const found = await this.keyState.account(account);
    if (found === undefined) throw new KmsError('NotFound', `Account ${account} does not exist.`);
    return found.state;
  }
}
