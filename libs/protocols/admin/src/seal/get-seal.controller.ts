import { type CallContext, GetSealQuery } from '@claviger/application';
import { Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Route } from '../route.js';
import { SealDto, sealDto } from './seal.dto.js';

@AdminController('operator')
export class GetSealController {
  constructor(private readonly queries: QueryBus) {}

  @Get('seal')
  @Route({
    operation: 'GetSeal',
    summary: 'The seal of the root key; a sealed service answers without a token',
    answer: SealDto,
  })
  async handle(@Call() call: CallContext): Promise<SealDto> {
    return sealDto(await this.queries.execute(new GetSealQuery(call)));
  }
}
