import { type CallContext, UpdateAliasCommand } from '@claviger/application';
import { Body, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { keyNamed } from '../keys/key-named.js';
import { Route } from '../route.js';
import { AliasDto, aliasDto, AliasParam, AliasTargetBody, ApiAliasParam } from './alias.dto.js';

@AdminController('aliases')
export class UpdateAliasController {
  constructor(private readonly commands: CommandBus) {}

  @Put(':name')
  @ApiAliasParam()
  @Route({
    operation: 'UpdateAlias',
    summary: 'Point an alias to another key of the same usage and kind (R-87)',
    answer: AliasDto,
    change: true,
  })
  async handle(
    @Call() call: CallContext,
    @AliasParam() name: string,
    @Body() body: AliasTargetBody,
  ): Promise<AliasDto> {
    return aliasDto(
      await this.commands.execute(new UpdateAliasCommand(call, { name, key: keyNamed('key', body.key) })),
    );
  }
}
