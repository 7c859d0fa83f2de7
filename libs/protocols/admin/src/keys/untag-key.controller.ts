import { type CallContext, type KeyReference, UntagKeyCommand } from '@claviger/application';
import { Delete, Param, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiParam } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Route } from '../route.js';
import { changedKey, KeyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

@AdminController('keys')
export class UntagKeyController {
  constructor(private readonly commands: CommandBus) {}

  @Delete(':id/tags/:tag')
  @ApiKeyParam()
  @ApiParam({ name: 'tag', description: 'Key of the tag (percent-encoded).', schema: { type: 'string' } })
  @Route({ operation: 'UntagResource', summary: 'Remove a tag', answer: KeyDto, change: true, revisions: true })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Param('tag') tag: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyDto> {
    const changed = await this.commands.execute(new UntagKeyCommand(call, { key, keys: [tag] }));
    return changedKey(reply, changed);
  }
}
