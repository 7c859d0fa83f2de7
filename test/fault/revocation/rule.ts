/** What a use answered with: the key, and the version that encrypted (null for a decrypt). */
export interface Used {
  readonly keyId: string;
  readonly version: number | null;
}

/** What holds for uses that are sent from now on: set when a revocation has answered, loosened before its undoing is sent. */
export interface Rule {
  readonly keyId: string;
  /** The key may be used. */
  readonly usable: boolean;
  /** Nothing encrypts under an earlier version. */
  readonly firstVersion: number;
  /** Where the alias leads: a key, nowhere (null), or (`either`) to what it led to before or after a change that is under way. */
  readonly alias: string | null;
}

/** What a use that was sent under a rule and succeeded has broken; undefined when nothing. */
export function broken(rule: Rule, byAlias: boolean, { keyId, version }: Used): string | undefined {
  if (byAlias && rule.alias === null) return 'the alias was deleted';
  if (byAlias && rule.alias !== 'either' && keyId !== rule.alias) return 'the alias led elsewhere';
  if (keyId !== rule.keyId) return undefined;
  if (!rule.usable) return 'the key was disabled or to be deleted';
  if (version !== null && version < rule.firstVersion) return `version ${version} was rotated away`;
  return undefined;
}
