import { type CallContext, CreateAliasCommand } from '@claviger/application';
import { Body, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Text } from '../fields/fields.js';
import { ADMIN_PREFIX } from '../prefix.js';
import { keyNamed } from '../keys/key-named.js';
import { Route } from '../route.js';
import { ALIAS_NAME, ALIAS_PREFIX, AliasDto, aliasDto, AliasTargetBody } from './alias.dto.js';

export class CreateAliasBody extends AliasTargetBody {
  @Text({
    min: 7,
    max: 256,
    pattern: ALIAS_NAME,
    description: 'alias/<name>.',
    example: 'alias/prod-customer-data-kek',
  })
  name!: string;
}

@AdminController('aliases')
export class CreateAliasController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @Route({ operation: 'CreateAlias', summary: 'Give a key another name', status: 201, answer: AliasDto, change: true })
  async handle(
    @Call() call: CallContext,
    @Body() body: CreateAliasBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AliasDto> {
    const key = keyNamed('key', body.key);
    const name = body.name.slice(ALIAS_PREFIX.length);
    const alias = aliasDto(await this.commands.execute(new CreateAliasCommand(call, { name, key })));
    void reply.header('location', `/${ADMIN_PREFIX}/aliases/${encodeURIComponent(alias.name)}`);
    return alias;
  }
}
