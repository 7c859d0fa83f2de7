import { type CallContext, CompromiseVersionCommand, type KeyReference } from '@claviger/application';
import { Body, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { OptionalMoment, OptionalWholeNumber } from '../fields/fields.js';
import { Route } from '../route.js';
import { changedKey, KeyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

export class CompromiseVersionBody {
  @OptionalWholeNumber({ min: 1, max: 4_294_967_295, description: 'One version; the whole key by default.' })
  version?: number;

  @OptionalMoment({ description: 'Estimated start of the exposure; creation of the version by default.' })
  occurredAt?: string;
}

@AdminController('keys')
export class CompromiseVersionController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/compromise')
  @ApiKeyParam()
  @Route({
    operation: 'CompromiseVersion',
    summary: 'Mark material as compromised, for ever',
    answer: KeyDto,
    change: true,
    revisions: true,
  })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Body() body: CompromiseVersionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyDto> {
    const changed = await this.commands.execute(
      new CompromiseVersionCommand(call, { key, version: body.version ?? null, occurredAt: body.occurredAt ?? null }),
    );
    return changedKey(reply, changed);
  }
}
