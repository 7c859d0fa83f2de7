import { type CallContext, KeyHistoryQuery, type KeyReference } from '@claviger/application';
import { Get, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiProperty } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { setEtag } from '../etag.js';
import { decodeCursor, DEFAULT_LIMIT, encodeCursor, invalidCursor, type Page, pageOf, PageQuery } from '../paging.js';
import { Route } from '../route.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

const Maybe = (description: string): PropertyDecorator => ApiProperty({ type: String, nullable: true, description });

class HistoryItemDto {
  @ApiProperty({ type: 'integer', description: 'Place in the history of the key, from 0.' })
  revision!: number;

  @ApiProperty({ example: 'VersionRotated' })
  type!: string;

  @ApiProperty({ format: 'date-time' })
  at!: string;

  @ApiProperty({ description: 'What happened, in words.' })
  summary!: string;

  @ApiProperty({ description: 'Principal id, or system:<name>.' })
  actor!: string;

  @Maybe('Name that the principal bore then; null once it was erased.')
  actorName!: string | null;

  @Maybe('Why, as the caller said.')
  reason!: string | null;

  @Maybe('Address that the call came from.')
  source!: string | null;

  @ApiProperty()
  protocol!: string;

  @ApiProperty()
  operation!: string;

  @ApiProperty()
  requestId!: string;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'The event itself.' })
  data!: unknown;
}

@AdminController('keys')
export class KeyHistoryController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':id/history')
  @ApiKeyParam()
  @Route({
    operation: 'GetKeyHistory',
    summary: 'Every event of a key in words, oldest first',
    answer: pageOf(HistoryItemDto, 'HistoryPage'),
    revisions: true,
    ownQuery: true,
  })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Query() { cursor, limit = DEFAULT_LIMIT }: PageQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<HistoryItemDto>> {
    const page = await this.queries.execute(new KeyHistoryQuery(call, key, revisionOf(cursor), limit));
    setEtag(reply, page.revision);
    return { items: page.items, next: encodeCursor(page.next === null ? null : String(page.next)) };
  }
}

function revisionOf(cursor: string | undefined): number {
  const text = decodeCursor(cursor);
  if (text === '') return 0;
  if (!/^[0-9]{1,15}$/.test(text)) throw invalidCursor();
  return Number(text);
}
