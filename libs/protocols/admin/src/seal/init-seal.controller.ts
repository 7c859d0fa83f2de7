import { type CallContext, UnsealAgainCommand } from '@claviger/application';
import { Body, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { OptionalSecretText, OptionalWholeNumber } from '../fields/fields.js';
import { Route } from '../route.js';
import { InitialisedDto } from './seal.dto.js';

class InitSealBody {
  @OptionalSecretText({ max: 1024, description: '12 bytes or more. For a seal that opens by a passphrase.' })
  passphrase?: string;

  @OptionalWholeNumber({ min: 2, max: 255, description: 'Shares to hand out. For a seal that opens by shares.' })
  shares?: number;

  @OptionalWholeNumber({ min: 2, max: 255, description: 'How many of them are needed.' })
  threshold?: number;
}

/** Answered by a service that is not initialised; one that runs only says that it is. */
@AdminController('operator')
export class InitSealController {
  constructor(private readonly commands: CommandBus) {}

  @Post('init')
  @Route({
    operation: 'InitSeal',
    summary:
      'Make the root key of a service that has none yet, once. Needs no token while it is not initialised; 409 afterwards',
    answer: InitialisedDto,
  })
  async handle(@Call() call: CallContext, @Body() _body: InitSealBody): Promise<InitialisedDto> {
    return { seal: await this.commands.execute(new UnsealAgainCommand(call, 'InitSeal')), shares: null };
  }
}
