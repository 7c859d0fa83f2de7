import { type CallContext, ChangeOwnerCommand, type KeyReference } from '@claviger/application';
import { Body, Put, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { NullableText } from '../fields/fields.js';
import { Route } from '../route.js';
import { changedKey, KeyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

export class ChangeOwnerBody {
  @NullableText({ min: 1, max: 256, description: 'Team or person that answers for the key; null removes it.' })
  owner!: string | null;
}

@AdminController('keys')
export class ChangeOwnerController {
  constructor(private readonly commands: CommandBus) {}

  @Put(':id/owner')
  @ApiKeyParam()
  @Route({
    operation: 'ChangeOwner',
    summary: 'Set or remove the owner',
    answer: KeyDto,
    change: true,
    revisions: true,
  })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Body() body: ChangeOwnerBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyDto> {
    const changed = await this.commands.execute(new ChangeOwnerCommand(call, { key, owner: body.owner }));
    return changedKey(reply, changed);
  }
}
