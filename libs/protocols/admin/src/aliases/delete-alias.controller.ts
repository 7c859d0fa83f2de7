import { type CallContext, DeleteAliasCommand } from '@claviger/application';
import { Delete } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Route } from '../route.js';
import { AliasParam, ApiAliasParam } from './alias.dto.js';

@AdminController('aliases')
export class DeleteAliasController {
  constructor(private readonly commands: CommandBus) {}

  @Delete(':name')
  @ApiAliasParam()
  @Route({ operation: 'DeleteAlias', summary: 'Take a name away; it can be given anew', status: 204, change: true })
  async handle(@Call() call: CallContext, @AliasParam() name: string): Promise<void> {
    await this.commands.execute(new DeleteAliasCommand(call, { name }));
  }
}
