import { type CallContext, ListKeysQuery } from '@claviger/application';
import { DATA_CLASSES, type DataClass, KEY_SPECS, KEY_USAGES, type KeyUsage } from '@claviger/domain';
import { Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { OptionalOneOf, OptionalText } from '../fields/fields.js';
import { decodeCursor, DEFAULT_LIMIT, encodeCursor, type Page, pageOf, PageQuery } from '../paging.js';
import { Route } from '../route.js';
import { KeyDto, keyDto } from './key.dto.js';

const STATES = ['Enabled', 'Disabled', 'PendingDeletion', 'Deleted'] as const;

export class ListKeysParameters extends PageQuery {
  @OptionalText({ min: 1, max: 32, description: 'Environment.' })
  environment?: string;

  @OptionalOneOf(DATA_CLASSES, { description: 'Data class.' })
  dataClass?: DataClass;

  @OptionalOneOf(KEY_USAGES, { description: 'Usage.' })
  usage?: KeyUsage;

  @OptionalOneOf(KEY_SPECS, { description: 'Algorithm.' })
  spec?: string;

  @OptionalOneOf(STATES, { description: 'State; without it deleted keys are left out.' })
  state?: string;

  @OptionalText({ min: 1, max: 256, description: 'Owner.' })
  owner?: string;
}

@AdminController('keys')
export class ListKeysController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Route({
    operation: 'ListKeys',
    summary: 'Keys, in the order of their ids',
    answer: pageOf(KeyDto, 'KeyPage'),
    ownQuery: true,
  })
  async handle(@Call() call: CallContext, @Query() query: ListKeysParameters): Promise<Page<KeyDto>> {
    const { environment, dataClass, usage, spec, state, owner, cursor, limit = DEFAULT_LIMIT } = query;
    const filter = {
      ...(environment !== undefined && { environment }),
      ...(dataClass !== undefined && { dataClass }),
      ...(usage !== undefined && { usage }),
      ...(spec !== undefined && { spec }),
      ...(state !== undefined && { status: state }),
      ...(owner !== undefined && { owner }),
    };
    const page = await this.queries.execute(new ListKeysQuery(call, filter, decodeCursor(cursor), limit));
    const items = page.items.map(({ attributes, revision }) => keyDto(attributes, revision));
    return { items, next: encodeCursor(page.next) };
  }
}
