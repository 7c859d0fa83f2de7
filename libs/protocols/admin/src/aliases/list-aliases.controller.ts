import { type CallContext, ListAliasesQuery } from '@claviger/application';
import { Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { OptionalText } from '../fields/fields.js';
import { decodeCursor, DEFAULT_LIMIT, encodeCursor, type Page, pageOf, PageQuery } from '../paging.js';
import { keyNamed } from '../keys/key-named.js';
import { Route } from '../route.js';
import { AliasDto, aliasDto } from './alias.dto.js';

export class ListAliasesParameters extends PageQuery {
  @OptionalText({ min: 1, max: 2048, description: 'Only aliases of this key: its id, ARN or an alias.' })
  key?: string;
}

@AdminController('aliases')
export class ListAliasesController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Route({
    operation: 'ListAliases',
    summary: 'Aliases, in the order of their names',
    answer: pageOf(AliasDto, 'AliasPage'),
    ownQuery: true,
  })
  async handle(@Call() call: CallContext, @Query() query: ListAliasesParameters): Promise<Page<AliasDto>> {
    const key = query.key === undefined ? null : keyNamed('key', query.key);
    const after = decodeCursor(query.cursor);
    const page = await this.queries.execute(new ListAliasesQuery(call, key, after, query.limit ?? DEFAULT_LIMIT));
    return { items: page.items.map(aliasDto), next: encodeCursor(page.next) };
  }
}
