import { type CallContext, SealServiceCommand } from '@claviger/application';
import { Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Route } from '../route.js';

@AdminController('operator')
export class SealServiceController {
  constructor(private readonly commands: CommandBus) {}

  @Post('seal')
  @Route({
    operation: 'SealService',
    summary: 'Seal this node: it answers what runs, forgets the root key and ends; it is sealed when it starts again',
    status: 202,
  })
  async handle(@Call() call: CallContext): Promise<void> {
    await this.commands.execute(new SealServiceCommand(call));
  }
}
