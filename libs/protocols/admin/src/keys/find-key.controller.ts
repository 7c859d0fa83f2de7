import { type CallContext, FindKeyQuery } from '@claviger/application';
import { DATA_CLASSES, type DataClass, KEY_USAGES, type KeyUsage } from '@claviger/domain';
import { Get, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { setEtag } from '../etag.js';
import { OneOf, OptionalText, Text } from '../fields/fields.js';
import { Route } from '../route.js';
import { KeyDto, keyDto } from './key.dto.js';

export class FindKeyParameters {
  @OneOf(KEY_USAGES, { description: 'Purpose.' })
  purpose!: KeyUsage;

  @Text({ min: 1, max: 32, description: 'Environment.' })
  environment!: string;

  @OneOf(DATA_CLASSES, { description: 'Data class.' })
  dataClass!: DataClass;

  @OptionalText({ max: 32, description: 'Region; the first configured one by default.' })
  region?: string;
}

@AdminController('keys')
export class FindKeyController {
  constructor(private readonly queries: QueryBus) {}

  @Get('find')
  @Route({
    operation: 'FindKey',
    summary: 'The one enabled key for a purpose (R-58); 404 when there is none, 409 when there are several',
    answer: KeyDto,
    revisions: true,
    ownQuery: true,
  })
  async handle(
    @Call() call: CallContext,
    @Query() { purpose, environment, dataClass }: FindKeyParameters,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyDto> {
    const { attributes, revision } = await this.queries.execute(
      new FindKeyQuery(call, purpose, environment, dataClass),
    );
    setEtag(reply, revision);
    return keyDto(attributes, revision);
  }
}
