import { type CallContext, type KeyReference, StageVersionCommand } from '@claviger/application';
import { KEY_SPECS, type KeySpec } from '@claviger/domain';
import { Body, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { OptionalOneOf } from '../fields/fields.js';
import { Route } from '../route.js';
import { changedKey, KeyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

export class StageVersionBody {
  @OptionalOneOf(KEY_SPECS, { description: 'Algorithm of the new version, of the same kind; as before by default.' })
  spec?: KeySpec;
}

@AdminController('keys')
export class StageVersionController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/stage')
  @ApiKeyParam()
  @Route({
    operation: 'StageVersion',
    summary: 'Make a version that can be published before it is used (two-phase rotation)',
    answer: KeyDto,
    change: true,
    revisions: true,
  })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Body() body: StageVersionBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyDto> {
    const changed = await this.commands.execute(new StageVersionCommand(call, { key, spec: body.spec ?? null }));
    return changedKey(reply, changed);
  }
}
