import type { AccountDefaults, AccountEvent } from '../account/account.js';
import type { AliasEvent } from '../alias/alias.js';
import { DATA_CLASSES, PROTECTION_LEVELS } from '../key/attributes.js';
import type { OperatorEvent } from '../operator/operator.js';
import type { PrincipalEvent } from '../principal/principal.js';
import type { UsesEvent } from '../uses/uses.js';
import type { Shapes } from './key-shapes.js';
import { count, flag, instant, listOf, oneOf, orNull, record, text } from './shape.js';

export const ALIAS_SHAPES: Shapes<AliasEvent> = {
  AliasCreated: record({ account: text, region: text, name: text, keyId: text }),
  AliasRetargeted: record({ from: text, to: text }),
  AliasDeleted: record({ keyId: text }),
};

export const USES_SHAPES: Shapes<UsesEvent> = {
  UsesReserved: record({ total: count, block: count }),
  UsesReturned: record({ total: count, returned: count }),
};

export const PRINCIPAL_SHAPES: Shapes<PrincipalEvent> = {
  PrincipalCreated: record({
    principalId: text,
    account: text,
    kind: oneOf('user', 'role', 'service'),
    name: text,
    environment: orNull(text),
    administrator: flag,
  }),
  AccessKeyIssued: record({ accessKeyId: text, secret: text }),
  AccessKeyRevoked: record({ accessKeyId: text }),
  TokenIssued: record({ tokenId: text, hash: text }),
  TokenRevoked: record({ tokenId: text }),
  PrincipalDisabled: record({}),
  PrincipalEnabled: record({}),
};

const defaults = record<AccountDefaults>({
  environment: text,
  dataClass: oneOf(...DATA_CLASSES),
  protectionLevel: oneOf(...PROTECTION_LEVELS),
});

export const ACCOUNT_SHAPES: Shapes<AccountEvent> = {
  AccountCreated: record({ account: text, defaults }),
  AccountDefaultsChanged: record({ defaults }),
};

export const OPERATOR_SHAPES: Shapes<OperatorEvent> = {
  ServiceResumed: record({ from: instant, to: instant }),
  ReportAccepted: record({ report: text, kinds: listOf(text), findings: listOf(text) }),
};
