import type { DomainEvent } from '../envelope.js';
import type { DataClass, ProtectionLevel } from '../key/attributes.js';

/** What a key gets whose creator names none. */
export interface AccountDefaults {
  readonly environment: string;
  readonly dataClass: DataClass;
  readonly protectionLevel: ProtectionLevel;
}

export type AccountCreated = DomainEvent<
  'AccountCreated',
  { readonly account: string; readonly defaults: AccountDefaults }
>;
export type AccountDefaultsChanged = DomainEvent<'AccountDefaultsChanged', { readonly defaults: AccountDefaults }>;
export type AccountEvent = AccountCreated | AccountDefaultsChanged;

export interface AccountState {
  /** Twelve digits. */
  readonly account: string;
  readonly defaults: AccountDefaults;
  readonly createdAt: number;
}
export type AccountAggregate = AccountState | null;

export interface CreateAccount {
  readonly type: 'CreateAccount';
  readonly account: string;
  readonly defaults: AccountDefaults;
}
export interface ChangeAccountDefaults {
  readonly type: 'ChangeAccountDefaults';
  /** What is absent stays. */
  readonly defaults: Partial<AccountDefaults>;
}
export type AccountCommand = CreateAccount | ChangeAccountDefaults;

export interface AccountContext {
  readonly now: number;
}
