import { type CallContext, ChangeUsesCommand, type KeyReference } from '@claviger/application';
import { Body, Put, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { TextList } from '../fields/fields.js';
import { Route } from '../route.js';
import { changedKey, KeyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

export class ChangeUsesBody {
  @TextList({ max: 128, description: 'For example data-at-rest-production, jwt-signing.' })
  uses!: string[];
}

@AdminController('keys')
export class ChangeUsesController {
  constructor(private readonly commands: CommandBus) {}

  @Put(':id/uses')
  @ApiKeyParam()
  @Route({ operation: 'ChangeUses', summary: 'Set what the key is for', answer: KeyDto, change: true, revisions: true })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Body() body: ChangeUsesBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyDto> {
    const changed = await this.commands.execute(new ChangeUsesCommand(call, { key, uses: body.uses }));
    return changedKey(reply, changed);
  }
}
