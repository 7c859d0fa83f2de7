import { type CallContext, RotateRootCommand } from '@claviger/application';
import { Body, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { OptionalTextList } from '../fields/fields.js';
import { Route } from '../route.js';
import { RootRotationDto, rootRotationDto } from './seal.dto.js';

class RotateRootBody {
  @OptionalTextList({
    max: 64,
    description: 'References that open under neither root key and are given up: they hold the exchange up no more.',
  })
  acceptUnreadable?: string[];
}

@AdminController('operator')
export class RotateRootController {
  constructor(private readonly commands: CommandBus) {}

  @Post('rotate-root')
  @Route({
    operation: 'RotateRoot',
    summary:
      'Begin to exchange the root key, or go on with an exchange that is under way; it goes on by itself, also after a restart',
    status: 202,
    answer: RootRotationDto,
  })
  async handle(@Call() call: CallContext, @Body() { acceptUnreadable = [] }: RotateRootBody): Promise<RootRotationDto> {
    return rootRotationDto(await this.commands.execute(new RotateRootCommand(call, acceptUnreadable)));
  }
}
