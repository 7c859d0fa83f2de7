import { type CallContext, EnablePurgeProtectionCommand, type KeyReference } from '@claviger/application';
import { Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Route } from '../route.js';
import { changedKey, KeyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

@AdminController('keys')
export class EnablePurgeProtectionController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/purge-protection')
  @ApiKeyParam()
  @Route({
    operation: 'EnablePurgeProtection',
    summary: 'Protect the waiting period from being shortened; cannot be undone',
    answer: KeyDto,
    change: true,
    revisions: true,
  })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyDto> {
    const changed = await this.commands.execute(new EnablePurgeProtectionCommand(call, { key }));
    return changedKey(reply, changed);
  }
}
