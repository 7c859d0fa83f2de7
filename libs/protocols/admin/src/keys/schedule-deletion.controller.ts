import { type CallContext, type KeyReference, ScheduleDeletionCommand } from '@claviger/application';
import { Body, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { OptionalWholeNumber } from '../fields/fields.js';
import { Route } from '../route.js';
import { changedKey, KeyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

export class ScheduleDeletionBody {
  @OptionalWholeNumber({ min: 7, max: 90, description: 'Waiting period in days; 30 by default.' })
  windowDays?: number;

  @OptionalWholeNumber({ min: 1, max: 4_294_967_295, description: 'One version; the whole key by default.' })
  version?: number;
}

@AdminController('keys')
export class ScheduleDeletionController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/schedule-deletion')
  @ApiKeyParam()
  @Route({
    operation: 'ScheduleKeyDeletion',
    summary: 'Start the waiting period before deletion',
    answer: KeyDto,
    change: true,
    revisions: true,
  })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Body() body: ScheduleDeletionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyDto> {
    const changed = await this.commands.execute(
      new ScheduleDeletionCommand(call, { key, version: body.version ?? null, windowDays: body.windowDays ?? 30 }),
    );
    return changedKey(reply, changed);
  }
}
