import { type CallContext, RekeySharesCommand } from '@claviger/application';
import { Body, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { WholeNumber } from '../fields/fields.js';
import { Route } from '../route.js';
import { RekeyDto, rekeyDto } from './seal.dto.js';

class BeginRekeyBody {
  @WholeNumber({ min: 2, max: 255, description: 'Shares to hand out.' })
  shares!: number;

  @WholeNumber({ min: 2, max: 255, description: 'How many of them are to be needed.' })
  threshold!: number;
}

@AdminController('operator')
export class BeginRekeyController {
  constructor(private readonly commands: CommandBus) {}

  @Post('rekey/shares')
  @Route({
    operation: 'BeginRekey',
    summary:
      'Begin to exchange the shares for new ones; one that is under way is dropped. The present shares then have to be given',
    answer: RekeyDto,
  })
  async handle(@Call() call: CallContext, @Body() { shares, threshold }: BeginRekeyBody): Promise<RekeyDto> {
    const what = { step: 'begin', plan: { shares, threshold } } as const;
    return rekeyDto(await this.commands.execute(new RekeySharesCommand(call, what)));
  }
}
