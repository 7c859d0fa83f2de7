import { type CallContext, RollBackVersionCommand, type KeyReference } from '@claviger/application';
import { Controller, Post, Res } from '@nestjs/common';
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
export class RollBackVersionController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/roll-back')
  @ApiKeyParam()
  @Route({ operation: 'RollBackVersion', summary: 'Make the previous version ACTIVE again, inside the rollback window', answer: KeyDto, change: true, revisions: true })
  async handle(@Call() call: CallContext, @KeyParam() key: KeyReference, @Res({ passthrough: true }) reply: FastifyReply): Promise<KeyDto> {
    const changed = await this.commands.execute(new RollBackVersionCommand(call, { key }));
    setEtag(reply, changed.revision);
    return keyDto(changed.key, changed.revision);
  }
}
