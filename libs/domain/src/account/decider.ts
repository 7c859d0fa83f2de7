import type { Decider, Decision } from '../envelope.js';
import { KmsError } from '../errors.js';
import { checkDataClass, checkEnvironment } from '../key/checks.js';
import { checkProtectionLevel } from '../key/protection.js';
import { invalid } from '../key/refusals.js';
import type { AccountAggregate, AccountCommand, AccountContext, AccountDefaults, AccountEvent } from './account.js';

function evolve(state: AccountAggregate, event: AccountEvent, at: number): AccountAggregate {
  switch (event.type) {
    case 'AccountCreated':
      return state ?? { account: event.data.account, defaults: event.data.defaults, createdAt: at };
    case 'AccountDefaultsChanged':
      return state === null ? null : { ...state, defaults: event.data.defaults };
  }
}

function decide(state: AccountAggregate, command: AccountCommand): Decision<AccountEvent> {
  switch (command.type) {
    case 'CreateAccount': {
      if (state !== null) {
        throw new KmsError('AlreadyExists', `Account ${state.account} already exists`, {
          resource: state.account,
          operation: command.type,
        });
      }
      if (!/^\d{12}$/.test(command.account)) throw invalid('account', '12 digits', command.account);
      return {
        kind: 'events',
        events: [{ type: 'AccountCreated', data: { account: command.account, defaults: checked(command.defaults) } }],
      };
    }
    case 'ChangeAccountDefaults': {
      if (state === null) throw new KmsError('NotFound', 'The account does not exist', { operation: command.type });
      const defaults = checked({ ...state.defaults, ...command.defaults });
      const same =
        state.defaults.environment === defaults.environment &&
        state.defaults.dataClass === defaults.dataClass &&
        state.defaults.protectionLevel === defaults.protectionLevel;
      return { kind: 'events', events: same ? [] : [{ type: 'AccountDefaultsChanged', data: { defaults } }] };
    }
  }
}

function checked({ environment, dataClass, protectionLevel }: AccountDefaults): AccountDefaults {
  checkEnvironment(environment);
  checkDataClass(dataClass);
  checkProtectionLevel(protectionLevel);
  return { environment, dataClass, protectionLevel };
}

export const accountDecider: Decider<AccountAggregate, AccountCommand, AccountEvent, AccountContext> = {
  initialState: null,
  evolve,
  decide,
};
