import { type CallContext, RetryJobCommand } from '@claviger/application';
import { Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiParam } from '@nestjs/swagger';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Route } from '../route.js';

@AdminController('jobs')
export class RetryJobController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':id/retry')
  @ApiParam({ name: 'id', description: 'Id of a dead job.', schema: { type: 'string' } })
  @Route({
    operation: 'RetryJob',
    summary: 'Run a dead job anew; what it does is decided by the state of its key, as ever',
    status: 204,
  })
  async handle(@Call() call: CallContext, @Param('id') id: string): Promise<void> {
    await this.commands.execute(new RetryJobCommand(call, id));
  }
}
