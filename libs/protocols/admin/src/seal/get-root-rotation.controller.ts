import { type CallContext, GetRootRotationQuery } from '@claviger/application';
import { Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Route } from '../route.js';
import { RootRotationDto, rootRotationDto } from './seal.dto.js';

@AdminController('operator')
export class GetRootRotationController {
  constructor(private readonly queries: QueryBus) {}

  @Get('rotate-root')
  @Route({ operation: 'GetRootRotation', summary: 'How far the exchange of the root key is', answer: RootRotationDto })
  async handle(@Call() call: CallContext): Promise<RootRotationDto> {
    return rootRotationDto(await this.queries.execute(new GetRootRotationQuery(call)));
  }
}
