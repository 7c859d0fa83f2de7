import { type CallContext, type KeyReference, UpdateDescriptionCommand } from '@claviger/application';
import { Body, Put, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Text } from '../fields/fields.js';
import { Route } from '../route.js';
import { changedKey, KeyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

export class UpdateDescriptionBody {
  @Text({ max: 8192, description: 'Free text.' })
  description!: string;
}

@AdminController('keys')
export class UpdateDescriptionController {
  constructor(private readonly commands: CommandBus) {}

  @Put(':id/description')
  @ApiKeyParam()
  @Route({
    operation: 'UpdateKeyDescription',
    summary: 'Set the description',
    answer: KeyDto,
    change: true,
    revisions: true,
  })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Body() body: UpdateDescriptionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyDto> {
    const changed = await this.commands.execute(
      new UpdateDescriptionCommand(call, { key, description: body.description }),
    );
    return changedKey(reply, changed);
  }
}
