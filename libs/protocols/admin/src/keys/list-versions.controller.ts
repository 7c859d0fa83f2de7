import { type CallContext, type KeyReference, KeyVersionsQuery } from '@claviger/application';
import { Get, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { setEtag } from '../etag.js';
import { Route } from '../route.js';
import { ApiKeyParam, KeyParam } from './key-param.js';
import { VersionsDto } from './version.dto.js';

@AdminController('keys')
export class ListVersionsController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':id/versions')
  @ApiKeyParam()
  @Route({
    operation: 'ListKeyVersions',
    summary: 'All versions (R-90), oldest first',
    answer: VersionsDto,
    revisions: true,
  })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VersionsDto> {
    const { view, revision } = await this.queries.execute(
      new KeyVersionsQuery(call, key, 'claviger:ListKeyVersions', true),
    );
    setEtag(reply, revision);
    return view;
  }
}
