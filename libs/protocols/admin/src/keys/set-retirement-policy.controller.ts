import { type CallContext, type KeyReference, SetRetirementPolicyCommand } from '@claviger/application';
import { Body, Put, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { OptionalDurationText } from '../fields/fields.js';
import { Route } from '../route.js';
import { changedKey, KeyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

class RetirementPolicyBody {
  @ApiProperty({ description: 'Can old versions be retired? Without it every version stays decryptable.' })
  @IsBoolean()
  enabled!: boolean;

  @OptionalDurationText({ description: 'How long a version must not have been used; at least and by default PT24H.' })
  idleFor?: string;
}

@AdminController('keys')
export class SetRetirementPolicyController {
  constructor(private readonly commands: CommandBus) {}

  @Put(':id/retirement-policy')
  @ApiKeyParam()
  @Route({
    operation: 'SetRetirementPolicy',
    summary: 'Opt in to retirement of old versions, or out',
    answer: KeyDto,
    change: true,
    revisions: true,
  })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Body() body: RetirementPolicyBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyDto> {
    const retirement = { enabled: body.enabled, idleFor: body.idleFor ?? 'PT24H' };
    const changed = await this.commands.execute(new SetRetirementPolicyCommand(call, { key, retirement }));
    return changedKey(reply, changed);
  }
}
