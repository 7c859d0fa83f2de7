import { type CallContext, RekeySharesCommand } from '@claviger/application';
import { Body, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { SecretText } from '../fields/fields.js';
import { Route } from '../route.js';
import { RekeyDto, rekeyDto } from './seal.dto.js';

class GiveRekeyShareBody {
  @SecretText({ max: 1024, description: 'A present share; once the new ones were handed out, one of those.' })
  share!: string;
}

@AdminController('operator')
export class GiveRekeyShareController {
  constructor(private readonly commands: CommandBus) {}

  @Post('rekey/share')
  @Route({
    operation: 'GiveRekeyShare',
    summary:
      'Give one share for the rekey that is under way; the last present one that is needed is answered with the new shares',
    answer: RekeyDto,
  })
  async handle(@Call() call: CallContext, @Body() { share }: GiveRekeyShareBody): Promise<RekeyDto> {
    return rekeyDto(await this.commands.execute(new RekeySharesCommand(call, { step: 'give', share })));
  }
}
