/** What the admin API answers, as far as commands show it (docs/openapi.json has it all). Times are ISO 8601. */

export interface Key {
  readonly keyId: string;
  readonly arn: string;
  readonly revision: number;
  readonly state: string;
  readonly usage: string;
  readonly spec: string;
  readonly origin: string;
  readonly protectionLevel: string;
  readonly token: { readonly label: string; readonly serial: string; readonly lacks: readonly string[] } | null;
  readonly environment: string;
  readonly dataClass: string;
  readonly owner: string | null;
  readonly uses: readonly string[];
  readonly description: string;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  readonly activeVersion: number | null;
  readonly stagedVersion: number | null;
  readonly lastVersion: number;
  readonly rotationPolicy: {
    readonly enabled: boolean;
    readonly lifetimeActions: readonly {
      readonly action: string;
      readonly timeAfterCreate?: string;
      readonly timeBeforeExpiry?: string;
    }[];
    readonly expiryTime: string | null;
  };
  readonly retirement: { readonly enabled: boolean; readonly idleFor: string };
  readonly rollbackWindow: string;
  readonly purgeProtection: boolean;
  readonly createdAt: string | null;
  readonly lastRotatedAt: string | null;
  readonly deletionAt: string | null;
  readonly deletedAt: string | null;
}

/** The account of the caller. */
export interface Account {
  readonly account: string;
  readonly defaults: { readonly environment: string; readonly dataClass: string; readonly protectionLevel: string };
  readonly createdAt: string;
}

export interface Version {
  readonly version: number;
  readonly created_at: string;
  readonly status: string;
  readonly last_rotated: string | null;
  readonly rotated_from: number | null;
  readonly last_used: string | null;
  readonly rotation_scheduled: string | null;
}
export interface Versions {
  readonly key_id: string;
  readonly versions: readonly Version[];
}

/** A key at a moment of the past. */
export interface KeyThen extends Key {
  readonly at: string;
  readonly versions: readonly Version[];
  readonly events: readonly { readonly revision: number; readonly type: string; readonly at: string }[];
}

export interface Alias {
  readonly name: string;
  readonly keyId: string | null;
}

export interface HistoryItem {
  readonly revision: number;
  readonly type: string;
  readonly at: string;
  readonly summary: string;
  readonly actor: string;
  readonly actorName: string | null;
  readonly reason: string | null;
}

export interface AuditRecord {
  readonly at: string;
  readonly principal: string | null;
  readonly principalName: string | null;
  readonly operation: string;
  readonly result: string;
  readonly error: string | null;
  readonly keyId: string | null;
  readonly named: string | null;
  readonly version: number | null;
  readonly source: string | null;
  readonly reason: string | null;
  readonly context: Readonly<Record<string, string>>;
  readonly calls: number;
  /** What is told of this operation alone: which share was given, which job retried. */
  readonly extra: Readonly<Record<string, string | number | boolean>>;
}

export interface Hold {
  readonly kind: string;
  readonly stops: string;
  readonly findings: readonly string[];
}
export interface Report {
  readonly report: string;
  readonly holds: readonly Hold[];
}

export interface Status {
  readonly profile: string;
  readonly role: string;
  readonly node: string;
  readonly account: string;
  readonly regions: readonly string[];
  readonly seal: string;
  readonly hsm: string;
  readonly token: {
    readonly label: string;
    readonly serial: string | null;
    readonly state: { readonly kind: string; readonly why?: string };
    readonly lacks: readonly string[];
  } | null;
  readonly notReady: readonly string[];
  readonly store: { readonly position: string };
  readonly journal: { readonly head: number; readonly writable: boolean };
  readonly keyState: { readonly position: string; readonly behind: string; readonly following: boolean };
  readonly auditView: { readonly behindJournal: number; readonly behindStore: number };
  readonly outOfUse: number;
  readonly holds: readonly Hold[];
}

export interface Finding {
  readonly severity: string;
  readonly check: string;
  readonly subject: string;
  readonly message: string;
  readonly advice: string | null;
}
export interface Examination {
  readonly versions: number;
  readonly material: number;
  readonly findings: readonly Finding[];
}

export interface Rebuild {
  readonly view: string;
  readonly state: string;
  readonly done: number;
  readonly of: number;
}

export interface Job {
  readonly id: string;
  readonly state: string;
  readonly failures: number;
  readonly since: string | null;
  readonly notBefore: string | null;
  readonly reason: string | null;
}

export interface ShareProgress {
  readonly set: string;
  readonly shares: number;
  readonly threshold: number;
  readonly given: readonly number[];
  readonly missing: number;
}

export interface Seal {
  readonly kind: string;
  readonly state: string;
  readonly shares: ShareProgress | null;
  readonly rekey: (ShareProgress & { readonly step: string }) | null;
}

export interface Initialised {
  readonly seal: Seal;
  readonly shares: readonly string[] | null;
}

export interface Rekey {
  readonly rekey: Seal['rekey'];
  readonly newShares: readonly string[] | null;
  readonly done: boolean;
}

export interface RootRotation {
  readonly step: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly startedAt: string | null;
  readonly done: number;
  readonly of: number;
  readonly settledAt: string | null;
  readonly unreadable: readonly string[];
  readonly problem: string | null;
}
