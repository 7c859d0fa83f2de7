import { SecretBytes } from '@claviger/crypto';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { isIPv4 } from 'node:net';
import { hostname } from 'node:os';
import { resolve, sep } from 'node:path';
import { LOG_LEVELS } from '../logger/logger.js';
import { type Environment, readEnvironment } from './environment.js';
import { readSettingsFile } from './file.js';
import type { Found } from './found.js';
import { SettingsInput, TRUE_WORDS } from './input.js';
import { isSettingName, SETTINGS, type SettingName, variableOf } from './names.js';
import { SettingsError, type SettingsProblem, shown } from './problem.js';
import {
  type ClusterSettings,
  JOURNALS,
  type Pkcs11Settings,
  PROFILES,
  ROLES,
  SEALS,
  type Settings,
} from './settings.js';

/**
 * The settings from `env` and from the YAML file that its CLAVIGER_CONFIG names; where both speak, `env` wins.
 * `readFile` gives a file's text or throws. Warnings are whole sentences for the log.
 *
 * @throws SettingsError with every problem: a bad value, an unknown name, a secret in the file, an unsafe combination
 */
export function loadSettings(
  env: Environment,
  readFile: (path: string) => string,
): { readonly settings: Settings; readonly warnings: readonly string[] } {
  // 1. Collect. The file first, so that the environment overwrites it.
  const environment = readEnvironment(env);
  const path = env['CLAVIGER_CONFIG'];
  const file = path === undefined ? { found: new Map() as Found, problems: [] } : readSettingsFile(path, readFile);
  const found: Found = new Map([...file.found, ...environment.found]);

  // 2. Check each, then what must hold between them.
  const given = Object.fromEntries([...found].map(([name, { value }]) => [name, value]));
  const input = plainToInstance(SettingsInput, given);
  const bad = checkEach(input, found);
  const unsafe = bad.length > 0 ? [] : checkTogether(input, found);
  const problems = [...environment.problems, ...file.problems, ...bad, ...unsafe];
  if (problems.length > 0) throw new SettingsError(problems);

  // 3. Give them their types.
  return { settings: typed(input), warnings: environment.warnings };
}

function checkEach(input: SettingsInput, found: Found): SettingsProblem[] {
  return validateSync(input).map(({ property, constraints }) => {
    const secret = isSettingName(property) && SETTINGS[property].secrecy !== undefined;
    const place = isSettingName(property) ? found.get(property) : undefined;
    return {
      setting: place?.setting ?? property,
      expected: Object.values(constraints ?? {})[0] ?? 'another value',
      found: shown(place?.value ?? '', secret),
    };
  });
}

function checkTogether(input: SettingsInput, found: Found): SettingsProblem[] {
  const problems: SettingsProblem[] = [];
  const refuse = (name: SettingName, expected: string, what: string): void => {
    problems.push({ setting: found.get(name)?.setting ?? variableOf(name), expected, found: what });
  };
  const bothOrNone = (one: SettingName, other: SettingName): void => {
    const [absent, present] = found.has(one) ? [other, one] : [one, other];
    if (found.has(one) !== found.has(other)) refuse(absent, `a value, because ${variableOf(present)} is set`, 'none');
  };

  bothOrNone('tls_cert', 'tls_key');
  bothOrNone('bootstrap_access_key_id', 'bootstrap_secret_access_key');
  bothOrNone('pkcs11_module', 'pkcs11_token');
  bothOrNone('pkcs11_module', 'pkcs11_pin_file');
  bothOrNone('eventstore_user', 'eventstore_password_file');
  checkProfile(input, found, refuse);
  if (input.seal === 'pkcs11' && input.pkcs11_module === undefined)
    refuse('pkcs11_module', 'the module of a token, because CLAVIGER_SEAL is pkcs11', 'none');

  const protectedWire = input.tls_cert !== undefined || isTrue(input.behind_tls_proxy);
  if (!isLoopback(input.host) && !protectedWire) {
    const ways = 'CLAVIGER_TLS_CERT and CLAVIGER_TLS_KEY, or CLAVIGER_BEHIND_TLS_PROXY=true';
    refuse('host', `a loopback address, or ${ways}`, shown(input.host, false));
  }

  // A copy of the data folder must not decrypt itself, and the anchor must survive the data it vouches for.
  // Links are looked at when the files are opened.
  if (isWithin(input.seal_keyfile, input.data)) {
    refuse('seal_keyfile', 'a path outside the data folder', shown(input.seal_keyfile, false));
  }
  if (isWithin(input.seal_file, input.data)) {
    refuse('seal_file', 'a path outside the data folder', shown(input.seal_file, false));
  }
  if (isWithin(input.anchor, input.data))
    refuse('anchor', 'a path outside the data folder', shown(input.anchor, false));
  return problems;
}

const CLUSTER_ADDRESSES = ['eventstore_url', 'redis_url', 'postgres_url'] as const;
const CLUSTER_ONLY = [
  ...CLUSTER_ADDRESSES,
  'eventstore_user',
  'eventstore_password_file',
  'redis_password_file',
  'postgres_password_file',
  'journal',
] as const;

function checkProfile(
  input: SettingsInput,
  found: Found,
  refuse: (name: SettingName, expected: string, what: string) => void,
): void {
  if (input.profile === 'cluster') {
    for (const name of CLUSTER_ADDRESSES) {
      if (input[name] === undefined) refuse(name, 'an address, because CLAVIGER_PROFILE is cluster', 'none');
    }
    return;
  }
  if (input.role !== 'all') refuse('role', 'all (the embedded profile is one process)', shown(input.role, false));
  for (const name of CLUSTER_ONLY) {
    if (found.has(name)) refuse(name, 'no value (it belongs to CLAVIGER_PROFILE=cluster)', 'one');
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

function isWithin(path: string, folder: string): boolean {
  const outer = resolve(folder);
  return resolve(path) === outer || resolve(path).startsWith(outer.endsWith(sep) ? outer : outer + sep);
}

function isTrue(word: string): boolean {
  return TRUE_WORDS.includes(word);
}

/** The checks have passed: what is missing here is an error of this file. */
function typed(input: SettingsInput): Settings {
  const [region, ...regions] = input.regions;
  const logLevel = LOG_LEVELS.find((level) => level === input.log_level);
  const profile = PROFILES.find((one) => one === input.profile);
  const role = ROLES.find((one) => one === input.role);
  const seal = SEALS.find((one) => one === input.seal);
  if (
    region === undefined ||
    logLevel === undefined ||
    profile === undefined ||
    role === undefined ||
    seal === undefined
  )
    throw new TypeError('settings were not checked');
  const { tls_cert: cert, tls_key: key, bootstrap_access_key_id: id, bootstrap_secret_access_key: secret } = input;
  const token = input.bootstrap_token;
  return Object.freeze({
    data: resolve(input.data),
    sealKeyfile: resolve(input.seal_keyfile),
    anchor: resolve(input.anchor),
    host: input.host,
    port: Number(input.port),
    tls: cert === undefined || key === undefined ? null : Object.freeze({ cert: resolve(cert), key: resolve(key) }),
    behindTlsProxy: isTrue(input.behind_tls_proxy),
    trustedProxies: Object.freeze([...input.trusted_proxies]),
    profile,
    role,
    node: input.node ?? nodeName(),
    cluster: clusterOf(input),
    seal,
    sealFile: resolve(input.seal_file),
    pkcs11: pkcs11Of(input),
    account: input.account,
    regions: Object.freeze([region, ...regions] as const),
    logLevel,
    bootstrap: Object.freeze({
      accessKey: id === undefined || secret === undefined ? null : Object.freeze({ id, secret: secretOf(secret) }),
      token: token === undefined ? null : secretOf(token),
    }),
  });
}

/** The host's name in the letters that a node's name may have. */
function nodeName(): string {
  return (
    hostname()
      .replaceAll(/[^A-Za-z0-9_-]/g, '-')
      .slice(0, 64) || 'node'
  );
}

function clusterOf(input: SettingsInput): ClusterSettings | null {
  const { eventstore_url, redis_url, postgres_url } = input;
  const journal = JOURNALS.find((one) => one === input.journal);
  if (input.profile !== 'cluster' || journal === undefined) return null;
  if (eventstore_url === undefined || redis_url === undefined || postgres_url === undefined) return null;
  const file = (path: string | undefined): string | null => (path === undefined ? null : resolve(path));
  return Object.freeze({
    eventStore: Object.freeze({
      url: eventstore_url,
      user: input.eventstore_user ?? null,
      passwordFile: file(input.eventstore_password_file),
    }),
    redis: Object.freeze({ url: redis_url, passwordFile: file(input.redis_password_file) }),
    postgres: Object.freeze({ url: postgres_url, passwordFile: file(input.postgres_password_file) }),
    journal,
  });
}

function pkcs11Of(input: SettingsInput): Pkcs11Settings | null {
  const { pkcs11_module: module, pkcs11_token: tokenLabel, pkcs11_pin_file: pinFile } = input;
  if (module === undefined || tokenLabel === undefined || pinFile === undefined) return null;
  return Object.freeze({
    module: resolve(module),
    tokenLabel,
    tokenSerial: input.pkcs11_serial ?? null,
    pinFile: resolve(pinFile),
    sessions: Number(input.pkcs11_sessions),
  });
}

function secretOf(text: string): SecretBytes {
  // A Buffer may lie in Node's shared pool, which a wipe would not own: copy into an array of its own.
  return SecretBytes.take(new TextEncoder().encode(text));
}
