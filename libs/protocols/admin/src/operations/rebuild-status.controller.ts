import { type CallContext, RebuildStatusQuery, type RebuiltView } from '@claviger/application';
import { Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Route } from '../route.js';
import { ApiViewParam, RebuildDto, rebuildDto, ViewParam } from './rebuild.dto.js';

@AdminController('rebuild')
export class RebuildStatusController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':view')
  @ApiViewParam()
  @Route({ operation: 'GetRebuild', summary: 'How far a rebuild is', answer: RebuildDto })
  async handle(@Call() call: CallContext, @ViewParam() view: RebuiltView): Promise<RebuildDto> {
    return rebuildDto(await this.queries.execute(new RebuildStatusQuery(call, view)));
  }
}
