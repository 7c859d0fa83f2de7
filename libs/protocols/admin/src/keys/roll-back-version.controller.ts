import { type CallContext, type KeyReference, RollBackVersionCommand } from '@claviger/application';
import { Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Route } from '../route.js';
import { changedKey, KeyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

@AdminController('keys')
export class RollBackVersionController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/roll-back')
  @ApiKeyParam()
  @Route({
    operation: 'RollBackVersion',
    summary: 'Make the previous version ACTIVE again, inside the rollback window',
    answer: KeyDto,
    change: true,
    revisions: true,
  })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyDto> {
    const changed = await this.commands.execute(new RollBackVersionCommand(call, { key }));
    return changedKey(reply, changed);
  }
}
