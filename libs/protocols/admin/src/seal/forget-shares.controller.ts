import { type CallContext, UnsealAgainCommand } from '@claviger/application';
import { Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Route } from '../route.js';
import { SealDto, sealDto } from './seal.dto.js';

/** Answered by a sealed service; one that runs has nothing to forget. */
@AdminController('operator')
export class ForgetSharesController {
  constructor(private readonly commands: CommandBus) {}

  @Post('unseal/forget')
  @Route({
    operation: 'ForgetShares',
    summary: 'Forget the shares that a sealed service was given so far. Needs no token while it is sealed',
    answer: SealDto,
  })
  async handle(@Call() call: CallContext): Promise<SealDto> {
    return sealDto(await this.commands.execute(new UnsealAgainCommand(call, 'ForgetShares')));
  }
}
