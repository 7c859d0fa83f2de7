import { BeginRebuildCommand, type CallContext, type RebuiltView } from '@claviger/application';
import { Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Route } from '../route.js';
import { ApiViewParam, RebuildDto, rebuildDto, ViewParam } from './rebuild.dto.js';

@AdminController('rebuild')
export class BeginRebuildController {
  constructor(private readonly commands: CommandBus) {}

  @Post(':view')
  @ApiViewParam()
  @Route({
    operation: 'RebuildView',
    summary: 'Build a read model anew while the present one serves; joins one that is running',
    status: 202,
    answer: RebuildDto,
  })
  async handle(@Call() call: CallContext, @ViewParam() view: RebuiltView): Promise<RebuildDto> {
    return rebuildDto(await this.commands.execute(new BeginRebuildCommand(call, view)));
  }
}
