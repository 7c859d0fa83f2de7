import { type CallContext, type KeyReference, RotateKeyCommand } from '@claviger/application';
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

export class RotateKeyBody {
  @OptionalOneOf(KEY_SPECS, { description: 'Algorithm of the new version, of the same kind; as before by default.' })
  spec?: KeySpec;
}

@AdminController('keys')
export class RotateKeyController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/rotate')
  @ApiKeyParam()
  @Route({
    operation: 'RotateKey',
    summary: 'Make a new ACTIVE version; the old one keeps decrypting',
    answer: KeyDto,
    change: true,
    revisions: true,
  })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Body() body: RotateKeyBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyDto> {
    const changed = await this.commands.execute(
      new RotateKeyCommand(call, { key, trigger: 'on_demand', spec: body.spec ?? null }),
    );
    return changedKey(reply, changed);
  }
}
