import { type CallContext, RotateKeyCommand, type KeyReference } from '@claviger/application';
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

export class RotateKeyBody {
  @OptionalOneOf(KEY_SPECS, { description: 'Algorithm of the new version, of the same kind; as before by default.' })
  spec?: KeySpec;
}

@ApiTags('keys')
@ApiBearerAuth()
@Controller('api/v1/keys')
export class RotateKeyController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/rotate')
  @ApiKeyParam()
  @Route({ operation: 'RotateKey', summary: 'Make a new ACTIVE version; the old one keeps decrypting', answer: KeyDto, change: true, revisions: true })
  async handle(@Call() call: CallContext, @KeyParam() key: KeyReference, @Body() body: RotateKeyBody, @Res({ passthrough: true }) reply: FastifyReply): Promise<KeyDto> {
    const changed = await this.commands.execute(new RotateKeyCommand(call, { key, trigger: 'on_demand', spec: body.spec ?? null }));
    setEtag(reply, changed.revision);
    return keyDto(changed.key, changed.revision);
  }
}
