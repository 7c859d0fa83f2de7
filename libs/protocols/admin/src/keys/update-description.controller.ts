import { type CallContext, UpdateDescriptionCommand, type KeyReference } from '@claviger/application';
import { Body, Controller, Put, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Call } from '../call.js';
import { setEtag } from '../etag.js';
import { Text } from '../fields/fields.js';
import { Route } from '../route.js';
import { KeyDto, keyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

export class UpdateDescriptionBody {
  @Text({ max: 8192, description: 'Free text.' })
  description!: string;
}

@ApiTags('keys')
@ApiBearerAuth()
@Controller('api/v1/keys')
export class UpdateDescriptionController {
  constructor(private readonly commands: CommandBus) {}

  @Put(':id/description')
  @ApiKeyParam()
  @Route({ operation: 'UpdateKeyDescription', summary: 'Set the description', answer: KeyDto, change: true, revisions: true })
  async handle(@Call() call: CallContext, @KeyParam() key: KeyReference, @Body() body: UpdateDescriptionBody, @Res({ passthrough: true }) reply: FastifyReply): Promise<KeyDto> {
    const changed = await this.commands.execute(new UpdateDescriptionCommand(call, { key, description: body.description }));
    setEtag(reply, changed.revision);
    return keyDto(changed.key, changed.revision);
  }
}
