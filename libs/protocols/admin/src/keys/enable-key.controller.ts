import { type CallContext, EnableKeyCommand, type KeyReference } from '@claviger/application';
import { Body, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { OptionalWholeNumber } from '../fields/fields.js';
import { Route } from '../route.js';
import { changedKey, KeyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

export class EnableKeyBody {
  @OptionalWholeNumber({ min: 1, max: 4_294_967_295, description: 'One version; the whole key by default.' })
  version?: number;
}

@AdminController('keys')
export class EnableKeyController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/enable')
  @ApiKeyParam()
  @Route({ operation: 'EnableKey', summary: 'End a disablement', answer: KeyDto, change: true, revisions: true })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Body() body: EnableKeyBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyDto> {
    const changed = await this.commands.execute(new EnableKeyCommand(call, { key, version: body.version ?? null }));
    return changedKey(reply, changed);
  }
}
