import { type CallContext, type KeyReference, UntagKeyCommand } from '@claviger/application';
import { Controller, Delete, Param, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Call } from '../call.js';
import { setEtag } from '../etag.js';
import { Route } from '../route.js';
import { KeyDto, keyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

@ApiTags('keys')
@ApiBearerAuth()
@Controller('api/v1/keys')
export class UntagKeyController {
  constructor(private readonly commands: CommandBus) {}

  @Delete(':id/tags/:tag')
  @ApiKeyParam()
  @Route({ operation: 'UntagResource', summary: 'Remove a tag', answer: KeyDto, change: true, revisions: true })
  async handle(@Call() call: CallContext, @KeyParam() key: KeyReference, @Param('tag') tag: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<KeyDto> {
    const changed = await this.commands.execute(new UntagKeyCommand(call, { key, keys: [tag] }));
    setEtag(reply, changed.revision);
    return keyDto(changed.key, changed.revision);
  }
}
