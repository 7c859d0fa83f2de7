import { ActivateVersionCommand, type CallContext, type KeyReference } from '@claviger/application';
import { Body, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { WholeNumber } from '../fields/fields.js';
import { Route } from '../route.js';
import { changedKey, KeyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

export class ActivateVersionBody {
  @WholeNumber({ min: 1, max: 4_294_967_295, description: 'Version number.' })
  version!: number;
}

@AdminController('keys')
export class ActivateVersionController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/activate')
  @ApiKeyParam()
  @Route({
    operation: 'ActivateVersion',
    summary: 'Make the staged version ACTIVE',
    answer: KeyDto,
    change: true,
    revisions: true,
  })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Body() body: ActivateVersionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyDto> {
    const changed = await this.commands.execute(new ActivateVersionCommand(call, { key, version: body.version }));
    return changedKey(reply, changed);
  }
}
