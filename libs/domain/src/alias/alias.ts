import type { DomainEvent } from '../envelope.js';
import type { KeySpec, KeyUsage } from '../key/attributes.js';

export type AliasCreated = DomainEvent<
  'AliasCreated',
  /** `name` without the prefix `alias/`. */
  { readonly account: string; readonly region: string; readonly name: string; readonly keyId: string }
>;
export type AliasRetargeted = DomainEvent<'AliasRetargeted', { readonly from: string; readonly to: string }>;
export type AliasDeleted = DomainEvent<'AliasDeleted', { readonly keyId: string }>;
export type AliasEvent = AliasCreated | AliasRetargeted | AliasDeleted;

export interface AliasState {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly arn: string;
  /** Null after deletion; the name can then be taken again. */
  readonly keyId: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}
export type AliasAggregate = AliasState | null;

/** What a decision about an alias needs to know of the key it points to (or is to point to). */
export interface AliasTarget {
  readonly keyId: string;
  readonly arn: string;
  readonly usage: KeyUsage;
  readonly spec: KeySpec;
  readonly pendingDeletion: boolean;
  readonly deleted: boolean;
}

export interface CreateAlias {
  readonly type: 'CreateAlias';
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly keyId: string;
}
export interface UpdateAlias {
  readonly type: 'UpdateAlias';
  readonly keyId: string;
}
export interface DeleteAlias {
  readonly type: 'DeleteAlias';
}
export type AliasCommand = CreateAlias | UpdateAlias | DeleteAlias;

export interface AliasContext {
  readonly now: number;
  /** The new target; undefined when there is no such key (or for DeleteAlias). */
  readonly target: AliasTarget | undefined;
  /** The present target, for the rule that an alias moves only between keys of the same usage and kind. */
  readonly current: AliasTarget | undefined;
  /** Aliases the target has already; the limit is 50. */
  readonly aliasesOfTarget: number;
}
