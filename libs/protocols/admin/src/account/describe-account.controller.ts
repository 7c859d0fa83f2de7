import { type CallContext, DescribeAccountQuery } from '@claviger/application';
import { Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Route } from '../route.js';
import { AccountDto, accountDto } from './account.dto.js';

@AdminController('account')
export class DescribeAccountController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Route({ operation: 'DescribeAccount', summary: 'The account, and what its keys get by default', answer: AccountDto })
  async handle(@Call() call: CallContext): Promise<AccountDto> {
    return accountDto(await this.queries.execute(new DescribeAccountQuery(call)));
  }
}
