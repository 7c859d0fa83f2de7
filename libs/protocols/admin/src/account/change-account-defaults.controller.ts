import { type CallContext, ChangeAccountDefaultsCommand } from '@claviger/application';
import {
  DATA_CLASSES,
  type DataClass,
  ENVIRONMENT_PATTERN,
  PROTECTION_LEVELS,
  type ProtectionLevel,
} from '@claviger/domain';
import { Body, Put } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { OptionalOneOf, OptionalText } from '../fields/fields.js';
import { Route } from '../route.js';
import { AccountDto, accountDto } from './account.dto.js';

class AccountDefaultsBody {
  @OptionalText({ min: 1, max: 32, pattern: ENVIRONMENT_PATTERN, description: 'Environment (R-53).' })
  environment?: string;

  @OptionalOneOf(DATA_CLASSES, { description: 'Data class (R-55).' })
  dataClass?: DataClass;

  @OptionalOneOf(PROTECTION_LEVELS, { description: 'HSM: keys are made in the configured token.' })
  protectionLevel?: ProtectionLevel;
}

@AdminController('account')
export class ChangeAccountDefaultsController {
  constructor(private readonly commands: CommandBus) {}

  @Put('defaults')
  @Route({
    operation: 'ChangeAccountDefaults',
    summary: 'Change what later keys get by default; what is not named stays',
    answer: AccountDto,
    change: true,
  })
  async handle(@Call() call: CallContext, @Body() body: AccountDefaultsBody): Promise<AccountDto> {
    const { environment, dataClass, protectionLevel } = body;
    const defaults = {
      ...(environment !== undefined && { environment }),
      ...(dataClass !== undefined && { dataClass }),
      ...(protectionLevel !== undefined && { protectionLevel }),
    };
    return accountDto(await this.commands.execute(new ChangeAccountDefaultsCommand(call, defaults)));
  }
}
