import {
  type AccountAggregate,
  type AccountCommand,
  type AccountContext,
  accountDecider,
  type AccountDefaults,
  type AccountEvent,
  type AccountState,
  accountStream,
  KmsError,
} from '@claviger/domain';
import { Clock } from '@claviger/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import { HsmDevices } from '../hsm-devices.js';
import { CommandIds } from './command-ids.js';
import { ChangeKernel } from './kernel.js';

/** What later keys of the account get whose creators name nothing; members that are absent stay. Keys that exist keep what they have. */
export class ChangeAccountDefaultsCommand extends Command<AccountState> {
  constructor(
    readonly call: CallContext,
    readonly defaults: Partial<AccountDefaults>,
  ) {
    super();
  }
}

@CommandHandler(ChangeAccountDefaultsCommand)
export class ChangeAccountDefaultsHandler implements ICommandHandler<ChangeAccountDefaultsCommand> {
  constructor(
    private readonly kernel: ChangeKernel,
    private readonly ids: CommandIds,
    private readonly devices: HsmDevices,
    private readonly clock: Clock,
  ) {}

  async execute({ call, defaults }: ChangeAccountDefaultsCommand): Promise<AccountState> {
    const { account } = call.caller;
    return this.kernel.execute<AccountAggregate, AccountCommand, AccountEvent, AccountContext, AccountState>(call, {
      decider: accountDecider,
      category: 'account',
      stream: accountStream(account),
      account,
      commandId: this.ids.commandId(call, account),
      command: { type: 'ChangeAccountDefaults', defaults },
      wanted: { action: 'claviger:ChangeAccountDefaults', resource: '*', account },
      context: () => {
        // Else every key made from now on without a word about it would be refused.
        if (defaults.protectionLevel === 'HSM') this.devices.assertHasToken();
        return { now: this.clock.now() };
      },
      result: existing,
      revokes: false,
    });
  }
}

function existing(state: AccountAggregate): AccountState {
  if (state === null) throw new KmsError('NotFound', 'The account does not exist');
  return state;
}
