import { type CallContext, type KeyReference, TagKeyCommand } from '@claviger/application';
import type { Tag } from '@claviger/domain';
import { Body, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { ListOf, Text } from '../fields/fields.js';
import { Route } from '../route.js';
import { changedKey, KeyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

export class TagBody {
  @Text({ min: 1, max: 128, description: 'Tag key.', example: 'service' })
  key!: string;

  @Text({ max: 256, description: 'Tag value.', example: 'checkout' })
  value!: string;
}

/** Events hold plain values; what came through validation is of a class. */
export const plainTags = (tags: readonly TagBody[]): Tag[] => tags.map(({ key, value }) => ({ key, value }));

class TagKeyBody {
  @ListOf(TagBody, { min: 1, max: 50, description: 'Tags to add or change.' })
  tags!: TagBody[];
}

@AdminController('keys')
export class TagKeyController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/tags')
  @ApiKeyParam()
  @Route({
    operation: 'TagResource',
    summary: 'Add tags, or change their values',
    answer: KeyDto,
    change: true,
    revisions: true,
  })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Body() body: TagKeyBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyDto> {
    const changed = await this.commands.execute(new TagKeyCommand(call, { key, tags: plainTags(body.tags) }));
    return changedKey(reply, changed);
  }
}
