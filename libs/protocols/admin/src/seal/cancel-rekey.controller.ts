import { type CallContext, RekeySharesCommand } from '@claviger/application';
import { Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Route } from '../route.js';
import { RekeyDto, rekeyDto } from './seal.dto.js';

@AdminController('operator')
export class CancelRekeyController {
  constructor(private readonly commands: CommandBus) {}

  @Post('rekey/cancel')
  @Route({ operation: 'CancelRekey', summary: 'Drop a rekey of shares; the present ones stay', answer: RekeyDto })
  async handle(@Call() call: CallContext): Promise<RekeyDto> {
    return rekeyDto(await this.commands.execute(new RekeySharesCommand(call, { step: 'cancel' })));
  }
}
