/** A key policy in the grammar of IAM JSON policies, version 2012-10-17 or 2008-10-17, after the form check. */
export interface PolicyDocument {
  readonly version: '2008-10-17' | '2012-10-17';
  readonly id: string | undefined;
  readonly statements: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  readonly principal: PrincipalMatch;
  /** `kms:Encrypt`, with `*` and `?` as wildcards. `negated`: every action but these (NotAction). */
  readonly action: { readonly negated: boolean; readonly patterns: readonly string[] };
  readonly resource: { readonly negated: boolean; readonly patterns: readonly string[] };
  /** Operator, then condition key, then accepted values. */
  readonly condition: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
}

export interface PrincipalMatch {
  readonly negated: boolean;
  /** `*`, a 12-digit account, or an ARN of IAM or STS. */
  readonly aws: readonly string[];
  readonly service: readonly string[];
  readonly federated: readonly string[];
}
