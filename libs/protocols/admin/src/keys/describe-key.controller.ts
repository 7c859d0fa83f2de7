import { type CallContext, DescribeKeyQuery, KeyAtQuery, type KeyReference } from '@claviger/application';
import { parseInstant } from '@claviger/domain';
import { Get, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiProperty } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { setEtag } from '../etag.js';
import { OptionalMoment, OptionalText } from '../fields/fields.js';
import { Route } from '../route.js';
import { KeyDto, keyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';
import { VersionDto } from './version.dto.js';

export class DescribeKeyParameters {
  @OptionalMoment({
    description: 'The key as it was then: answers with `at`, its versions, and the events that made it so.',
  })
  at?: string;

  @OptionalText({ max: 32, description: 'Region; the first configured one by default.' })
  region?: string;
}

class EventDto {
  @ApiProperty({ type: 'integer', description: 'Place in the history of the key, from 0.' })
  revision!: number;

  @ApiProperty()
  type!: string;

  @ApiProperty({ format: 'date-time' })
  at!: string;
}

/** A key, and with `at=` how it came to be so. */
class DescribedKeyDto extends KeyDto {
  @ApiProperty({ required: false, format: 'date-time' })
  at?: string;

  @ApiProperty({ required: false, type: [VersionDto] })
  versions?: readonly VersionDto[];

  @ApiProperty({ required: false, type: [EventDto] })
  events?: readonly EventDto[];
}

@AdminController('keys')
export class DescribeKeyController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':id')
  @ApiKeyParam()
  @Route({
    operation: 'DescribeKey',
    summary: 'A key, now or as it was at a moment',
    answer: DescribedKeyDto,
    revisions: true,
    ownQuery: true,
  })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Query() { at }: DescribeKeyParameters,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DescribedKeyDto> {
    const moment = at === undefined ? undefined : parseInstant(at);
    if (moment === undefined) {
      const { attributes, revision } = await this.queries.execute(
        new DescribeKeyQuery(call, key, 'kms:DescribeKey', true),
      );
      setEtag(reply, revision);
      return keyDto(attributes, revision);
    }
    // No ETag: it would invite a conditional change of what has moved on since.
    const then = await this.queries.execute(new KeyAtQuery(call, key, moment));
    const { versions, events, revision } = then;
    return Object.assign(keyDto(then.key, revision), { at: new Date(moment).toISOString(), versions, events });
  }
}
