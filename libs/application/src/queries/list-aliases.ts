import { type AliasPage, KeyState } from '@claviger/projections';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { authorise } from '../access/authorise.js';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { KeyResolver } from '../key-resolver.js';

export class ListAliasesQuery extends Query<AliasPage> {
  constructor(
    readonly call: CallContext,
    /** Only this key's aliases; null: all of the account and Region. */
    readonly key: KeyReference | null,
    /** Alias name (without `alias/`) to continue after; empty for the first page. */
    readonly after: string,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(ListAliasesQuery)
export class ListAliasesHandler implements IQueryHandler<ListAliasesQuery> {
  constructor(
    private readonly keyState: KeyState,
    private readonly resolver: KeyResolver,
  ) {}

  async execute({ call, key, after, limit }: ListAliasesQuery): Promise<AliasPage> {
    const { account } = call.caller;
    authorise(call, { action: 'kms:ListAliases', resource: '*', account }, undefined);
    const entry = key === null ? undefined : await this.resolver.resolve(call, key);
    await this.keyState.toHead();
    return this.keyState.listAliases(account, call.region, entry?.attributes.keyId ?? null, after, limit);
  }
}
