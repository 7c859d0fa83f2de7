import { type AuditQuestion, type CallContext, SearchAuditQuery } from '@claviger/application';
import { KmsError, parseInstant } from '@claviger/domain';
import { Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiHideProperty, ApiProperty, ApiQuery } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { OptionalMoment, OptionalOneOf, OptionalQueryNumber, OptionalText } from '../fields/fields.js';
import { keyNamed } from '../keys/key-named.js';
import { DEFAULT_LIMIT, PageQuery } from '../paging.js';
import { Route } from '../route.js';
import { Pairs } from '../validation/pairs.js';
import { AuditRecordDto, auditRecordDto } from './record.dto.js';

const MOST_PAIRS = 16;

export class SearchAuditParameters extends PageQuery {
  @OptionalText({ min: 1, max: 2048, description: 'Key id, ARN or alias.' })
  key?: string;

  @OptionalQueryNumber({ min: 1, max: 4_294_967_295, description: 'Version of the key.' })
  version?: number;

  @OptionalText({ min: 1, max: 256, description: 'Principal id, or the name that it bore.' })
  principal?: string;

  @OptionalText({ min: 1, max: 128, description: 'Operation.', example: 'Decrypt' })
  operation?: string;

  @OptionalOneOf(['success', 'denied', 'failure'], { description: 'Result.' })
  result?: 'success' | 'denied' | 'failure';

  @OptionalText({
    min: 1,
    max: 64,
    description: 'Address; with * at its end, the beginning of one.',
    example: '10.1.*',
  })
  source?: string;

  @OptionalText({ min: 1, max: 64, description: 'Request id.' })
  request?: string;

  @OptionalMoment({ description: 'From this moment on, inclusive.' })
  from?: string;

  @OptionalMoment({ description: 'To this moment, exclusive.' })
  to?: string;

  @OptionalOneOf(['newest', 'oldest'], { description: 'What comes first; newest by default.' })
  order?: 'newest' | 'oldest';

  @ApiHideProperty()
  @IsOptional()
  @Pairs()
  context?: ReadonlyMap<string, string>;
}

class BehindDto {
  @ApiProperty({ type: 'integer', description: 'Entries of the journal.' })
  journal!: number;

  @ApiProperty({ description: 'Positions of the event store.' })
  store!: string;
}

class AuditPageDto {
  @ApiProperty({ type: [AuditRecordDto] })
  items!: readonly AuditRecordDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Cursor of the next page; null at the end.' })
  next!: string | null;

  @ApiProperty({ description: 'Everything recorded before this search was looked at.' })
  complete!: boolean;

  @ApiProperty({
    type: BehindDto,
    nullable: true,
    description: 'What was not looked at yet, where it is not complete.',
  })
  behind!: BehindDto | null;
}

@AdminController('audit')
export class SearchAuditController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiQuery({
    name: 'context',
    required: false,
    style: 'form',
    explode: true,
    description: 'Pairs that the encryption context must hold, each as context.<key>=<value>.',
    schema: { type: 'object', additionalProperties: { type: 'string' } },
  })
  @Route({ operation: 'SearchAudit', summary: 'Who did what, when, from where', answer: AuditPageDto, ownQuery: true })
  async handle(@Call() call: CallContext, @Query() query: SearchAuditParameters): Promise<AuditPageDto> {
    const { cursor, limit = DEFAULT_LIMIT } = query;
    const found = await this.queries.execute(new SearchAuditQuery(call, questionOf(query), cursor, limit));
    const { items, next, complete, behind } = found;
    return {
      items: items.map(auditRecordDto),
      next,
      complete,
      behind: behind === undefined ? null : { journal: behind.journal, store: behind.store.toString() },
    };
  }
}

function questionOf(query: SearchAuditParameters): AuditQuestion {
  const { key, version, principal, operation, result, source, request, order, region, context } = query;
  if ((context?.size ?? 0) > MOST_PAIRS) {
    throw new KmsError('Validation', `context takes at most ${MOST_PAIRS} pairs.`, { argument: 'context' });
  }
  const from = query.from === undefined ? undefined : parseInstant(query.from);
  const to = query.to === undefined ? undefined : parseInstant(query.to);
  return {
    ...(key !== undefined && { key: keyNamed('key', key) }),
    ...(version !== undefined && { version }),
    ...(principal !== undefined && { principal }),
    ...(operation !== undefined && { operation }),
    ...(result !== undefined && { result }),
    ...(source !== undefined && { source }),
    ...(request !== undefined && { request }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(order !== undefined && { order }),
    // Only where the caller asks for one: an audit is of the whole account.
    ...(region !== undefined && { region }),
    ...(context !== undefined && { context: Object.fromEntries(context) }),
  };
}
