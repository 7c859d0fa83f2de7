import { type CallContext, UnsealAgainCommand } from '@claviger/application';
import { Body, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { OptionalSecretText } from '../fields/fields.js';
import { Route } from '../route.js';
import { SealDto, sealDto } from './seal.dto.js';

class UnsealBody {
  @OptionalSecretText({ max: 1024, description: 'For a seal that opens by a passphrase.' })
  passphrase?: string;

  @OptionalSecretText({ max: 1024, description: 'One share. For a seal that opens by shares.' })
  share?: string;
}

/** Answered by a sealed service; one that runs says that it is open. */
@AdminController('operator')
export class UnsealController {
  constructor(private readonly commands: CommandBus) {}

  @Post('unseal')
  @Route({
    operation: 'Unseal',
    summary:
      'Give the passphrase, or one share, to a sealed service. Needs no token while it is sealed; one that comes along names who gave it in the record. 400 names a wrong share, 429 slows down those who try',
    answer: SealDto,
  })
  async handle(@Call() call: CallContext, @Body() _body: UnsealBody): Promise<SealDto> {
    return sealDto(await this.commands.execute(new UnsealAgainCommand(call, 'Unseal')));
  }
}
