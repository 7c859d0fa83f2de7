import { type CallContext, StageVersionCommand, type KeyReference } from '@claviger/application';
import { KEY_SPECS, type KeySpec } from '@claviger/domain';
import { Body, Controller, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Call } from '../call.js';
import { setEtag } from '../etag.js';
import { OptionalOneOf } from '../fields/fields.js';
import { Route } from '../route.js';
import { KeyDto, keyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

export class StageVersionBody {
  @OptionalOneOf(KEY_SPECS, { description: 'Algorithm of the new version, of the same kind; as before by default.' })
  spec?: KeySpec;
}

@ApiTags('keys')
@ApiBearerAuth()
@Controller('api/v1/keys')
export class StageVersionController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/stage')
  @ApiKeyParam()
  @Route({ operation: 'StageVersion', summary: 'Make a version that can be published before it is used (two-phase rotation)', answer: KeyDto, change: true, revisions: true })
  async handle(@Call() call: CallContext, @KeyParam() key: KeyReference, @Body() body: StageVersionBody, @Res({ passthrough: true }) reply: FastifyReply): Promise<KeyDto> {
    const changed = await this.commands.execute(new StageVersionCommand(call, { key, spec: body.spec ?? null }));
    setEtag(reply, changed.revision);
    return keyDto(changed.key, changed.revision);
  }
}
