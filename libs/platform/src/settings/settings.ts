import type { SecretBytes } from '@claviger/crypto';
import type { LogLevel } from '../logger/logger.js';

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
  readonly profile: 'embedded';
  readonly role: 'all';
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
