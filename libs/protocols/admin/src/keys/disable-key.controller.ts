import { type CallContext, DisableKeyCommand, type KeyReference } from '@claviger/application';
import { Body, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { OptionalWholeNumber } from '../fields/fields.js';
import { Route } from '../route.js';
import { changedKey, KeyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

export class DisableKeyBody {
  @OptionalWholeNumber({ min: 1, max: 4_294_967_295, description: 'One version; the whole key by default.' })
  version?: number;
}

@AdminController('keys')
export class DisableKeyController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/disable')
  @ApiKeyParam()
  @Route({
    operation: 'DisableKey',
    summary: 'Stop all use, reversibly',
    answer: KeyDto,
    change: true,
    revisions: true,
  })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Body() body: DisableKeyBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyDto> {
    const changed = await this.commands.execute(new DisableKeyCommand(call, { key, version: body.version ?? null }));
    return changedKey(reply, changed);
  }
}
