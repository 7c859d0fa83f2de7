import type { SecretBytes } from '@claviger/crypto';
import type { LogLevel } from '../logger/logger.js';

export const PROFILES = ['embedded', 'cluster'] as const;
/** What a node does: `api` key use over the wire protocols, `admin` the admin API, `worker` rotation and destruction, `all` everything. */
export const ROLES = ['all', 'api', 'admin', 'worker'] as const;
/** Where calls are recorded before they are answered: in the event store, or in a local segment that is shipped there within seconds. */
export const JOURNALS = ['store', 'local'] as const;
export const SEALS = ['keyfile', 'passphrase', 'shares', 'pkcs11'] as const;

export type Role = (typeof ROLES)[number];
export type SealKind = (typeof SEALS)[number];

/** The servers of the cluster profile. None of the addresses holds a password. */
export interface ClusterSettings {
  readonly eventStore: { readonly url: string; readonly user: string | null; readonly passwordFile: string | null };
  readonly redis: { readonly url: string; readonly passwordFile: string | null };
  readonly postgres: { readonly url: string; readonly passwordFile: string | null };
  readonly journal: (typeof JOURNALS)[number];
}

/** A token that keys may live in, and that may hold the root of trust. */
export interface Pkcs11Settings {
  /** The vendor's module, e.g. `/usr/lib/softhsm/libsofthsm2.so`. */
  readonly module: string;
  readonly tokenLabel: string;
  readonly tokenSerial: string | null;
  readonly pinFile: string;
  readonly sessions: number;
}

/** How this process runs: checked, typed, frozen. Paths are absolute. */
export interface Settings {
  /** Folder of event store, journal, read models and sealed material. */
  readonly data: string;
  readonly sealKeyfile: string;
  /** Folder of the anchor; outside `data`. */
  readonly anchor: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Paths of the PEM files; null: plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly behindTlsProxy: boolean;
  /** Addresses and networks whose forwarded headers count. */
  readonly trustedProxies: readonly string[];
  readonly profile: (typeof PROFILES)[number];
  readonly role: Role;
  /** Names this node in records; another on every node of a cluster. */
  readonly node: string;
  /** Null in the embedded profile. */
  readonly cluster: ClusterSettings | null;
  readonly seal: SealKind;
  /** The seal file of every kind but `keyfile`. */
  readonly sealFile: string;
  /** Null: no token. */
  readonly pkcs11: Pkcs11Settings | null;
  /** 12 digits. */
  readonly account: string;
  /** At least one; the first is the default. */
  readonly regions: readonly [string, ...string[]];
  readonly logLevel: LogLevel;
  /** The administrator's first credentials where they were given: used at the first start only. */
  readonly bootstrap: {
    readonly accessKey: { readonly id: string; readonly secret: SecretBytes } | null;
    readonly token: SecretBytes | null;
  };
}
