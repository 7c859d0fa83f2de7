export const PREFIX = 'CLAVIGER_';

export type SettingName =
  | 'data'
  | 'seal_keyfile'
  | 'anchor'
  | 'host'
  | 'port'
  | 'tls_cert'
  | 'tls_key'
  | 'behind_tls_proxy'
  | 'trusted_proxies'
  | 'profile'
  | 'role'
  | 'account'
  | 'regions'
  | 'log_level'
  | 'node'
  | 'eventstore_url'
  | 'eventstore_user'
  | 'eventstore_password_file'
  | 'redis_url'
  | 'redis_password_file'
  | 'postgres_url'
  | 'postgres_password_file'
  | 'journal'
  | 'seal'
  | 'seal_file'
  | 'pkcs11_module'
  | 'pkcs11_token'
  | 'pkcs11_serial'
  | 'pkcs11_pin_file'
  | 'pkcs11_sessions'
  | 'bootstrap_access_key_id'
  | 'bootstrap_secret_access_key'
  | 'bootstrap_token';

interface Traits {
  /** Never in a file, never in a message; `hidden`: a file may have it, a message not (a URL may hold a password by mistake). */
  readonly secrecy?: 'secret' | 'hidden';
  readonly list?: true;
}

/** Every setting of the server, under the name it has in a file; in the environment CLAVIGER_ and upper case. */
export const SETTINGS: Readonly<Record<SettingName, Traits>> = {
  data: {},
  seal_keyfile: {},
  anchor: {},
  host: {},
  port: {},
  tls_cert: {},
  tls_key: {},
  behind_tls_proxy: {},
  trusted_proxies: { list: true },
  profile: {},
  role: {},
  account: {},
  regions: { list: true },
  log_level: {},
  node: {},
  eventstore_url: { secrecy: 'hidden' },
  eventstore_user: {},
  eventstore_password_file: {},
  redis_url: { secrecy: 'hidden' },
  redis_password_file: {},
  postgres_url: { secrecy: 'hidden' },
  postgres_password_file: {},
  journal: {},
  seal: {},
  seal_file: {},
  pkcs11_module: {},
  pkcs11_token: {},
  pkcs11_serial: {},
  pkcs11_pin_file: {},
  pkcs11_sessions: {},
  // Hidden because it is easily swapped with the secret.
  bootstrap_access_key_id: { secrecy: 'hidden' },
  bootstrap_secret_access_key: { secrecy: 'secret' },
  bootstrap_token: { secrecy: 'secret' },
};

/** Known in the environment, no settings of the server: the file's name, and what the CLI reads. */
export const OTHER_VARIABLES: readonly string[] = ['CLAVIGER_CONFIG', 'CLAVIGER_URL', 'CLAVIGER_TOKEN'];

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

export function variableOf(name: SettingName): string {
  return PREFIX + name.toUpperCase();
}
