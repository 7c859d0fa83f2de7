import { inspect } from 'node:util';
import { resolve } from 'node:path';
import type { Environment } from './environment.js';
import { loadSettings } from './load.js';
import { SettingsError, type SettingsProblem } from './problem.js';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

function noFile(): never {
  throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
}

const load = (env: Environment, file?: string) =>
  loadSettings(
    file === undefined ? env : { CLAVIGER_CONFIG: '/etc/claviger.yaml', ...env },
    file === undefined ? noFile : () => file,
  );

function refusal(env: Environment, file?: string): SettingsError {
  try {
    load(env, file);
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error('the settings were accepted');
}

/** The only problem of these settings. */
function problemOf(env: Environment, file?: string): SettingsProblem {
  const { problems } = refusal(env, file);
  expect(problems).toHaveLength(1);
  return problems[0] ?? { setting: '', expected: '', found: '' };
}

describe('loadSettings', () => {
  it('gives the documented defaults for an empty environment, frozen', () => {
    const { settings, warnings } = load({ PATH: '/bin', OTHER_PORT: 'x' });
    expect(settings).toEqual({
      data: resolve('./data'),
      sealKeyfile: resolve('./seal/root.key'),
      anchor: resolve('./anchor'),
      host: '127.0.0.1',
      port: 7070,
      tls: null,
      behindTlsProxy: false,
      trustedProxies: [],
      profile: 'embedded',
      role: 'all',
      node: expect.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
      cluster: null,
      seal: 'keyfile',
      sealFile: resolve('./seal/root.seal'),
      pkcs11: null,
      account: '000000000000',
      regions: ['us-east-1'],
      logLevel: 'info',
      bootstrap: { accessKey: null, token: null },
    });
    expect(warnings).toEqual([]);
    for (const part of [settings, settings.regions, settings.trustedProxies, settings.bootstrap]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it('takes every setting from the environment', () => {
    const { settings } = load({
      CLAVIGER_DATA: '/d',
      CLAVIGER_SEAL_KEYFILE: '/s/root.key',
      CLAVIGER_ANCHOR: '/a',
      CLAVIGER_HOST: '0.0.0.0',
      CLAVIGER_PORT: '443',
      CLAVIGER_TLS_CERT: '/tls/cert.pem',
      CLAVIGER_TLS_KEY: '/tls/key.pem',
      CLAVIGER_BEHIND_TLS_PROXY: '1',
      CLAVIGER_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      CLAVIGER_PROFILE: 'embedded',
      CLAVIGER_ROLE: 'all',
      CLAVIGER_ACCOUNT: '111122223333',
      CLAVIGER_REGIONS: 'eu-central-1,us-east-1',
      CLAVIGER_LOG_LEVEL: 'debug',
      CLAVIGER_BOOTSTRAP_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      CLAVIGER_BOOTSTRAP_SECRET_ACCESS_KEY: SECRET,
      CLAVIGER_BOOTSTRAP_TOKEN: 'abcdefghijklmnop',
      CLAVIGER_URL: 'http://127.0.0.1:7070',
      CLAVIGER_TOKEN: 'for the command line',
    });
    expect(settings).toMatchObject({
      data: '/d',
      sealKeyfile: '/s/root.key',
      anchor: '/a',
      host: '0.0.0.0',
      port: 443,
      tls: { cert: '/tls/cert.pem', key: '/tls/key.pem' },
      behindTlsProxy: true,
      trustedProxies: ['10.0.0.0/8', '::1'],
      account: '111122223333',
      regions: ['eu-central-1', 'us-east-1'],
      logLevel: 'debug',
    });
    const { accessKey, token } = settings.bootstrap;
    expect(accessKey?.id).toBe('AKIAIOSFODNN7EXAMPLE');
    expect(accessKey?.secret.equals(Buffer.from(SECRET))).toBe(true);
    expect(token?.equals(Buffer.from('abcdefghijklmnop'))).toBe(true);
  });

  it('keeps bootstrap secrets out of every print of the settings (R-2)', () => {
    const { settings } = load({
      CLAVIGER_BOOTSTRAP_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      CLAVIGER_BOOTSTRAP_SECRET_ACCESS_KEY: SECRET,
      CLAVIGER_BOOTSTRAP_TOKEN: SECRET,
    });
    expect(JSON.stringify(settings) + inspect(settings, { depth: 9, showHidden: true })).not.toContain(SECRET);
  });

  it.each<[string, string, RegExp]>([
    ['CLAVIGER_DATA', '', /a path.*an empty value/],
    ['CLAVIGER_HOST', '127.0.0.300', /an IP address or a host name.*"127.0.0.300"/],
    ['CLAVIGER_HOST', 'a b', /host name/],
    ['CLAVIGER_PORT', '70700', /0 to 65535.*"70700"/],
    ['CLAVIGER_PORT', '7070x', /0 to 65535/],
    ['CLAVIGER_PORT', '-1', /0 to 65535/],
    ['CLAVIGER_PORT', '', /an empty value/],
    ['CLAVIGER_BEHIND_TLS_PROXY', 'maybe', /true or false.*"maybe"/],
    ['CLAVIGER_TRUSTED_PROXIES', '10.0.0.0/8,proxy', /IP addresses or networks.*"10.0.0.0\/8,proxy"/],
    ['CLAVIGER_TRUSTED_PROXIES', '10.0.0.0/33', /IP addresses/],
    ['CLAVIGER_TRUSTED_PROXIES', '0.0.0.0/0', /never all addresses/],
    ['CLAVIGER_PROFILE', 'clusters', /embedded, cluster.*"clusters"/],
    ['CLAVIGER_ROLE', 'api', /all.*"api"/],
    ['CLAVIGER_ROLE', 'reader', /all, api, admin, worker.*"reader"/],
    ['CLAVIGER_NODE', 'a.b', /letters, digits.*"a.b"/],
    ['CLAVIGER_SEAL', 'none', /keyfile, passphrase, shares, pkcs11.*"none"/],
    ['CLAVIGER_SEAL_FILE', './data/root.seal', /outside the data folder/],
    ['CLAVIGER_JOURNAL', 'local', /CLAVIGER_PROFILE=cluster/],
    ['CLAVIGER_REDIS_URL', 'redis://127.0.0.1:6379', /CLAVIGER_PROFILE=cluster/],
    ['CLAVIGER_PKCS11_SESSIONS', '65', /1 to 64.*"65"/],
    ['CLAVIGER_ACCOUNT', '12345', /12 digits.*"12345"/],
    ['CLAVIGER_ACCOUNT', '12345678901x', /12 digits/],
    ['CLAVIGER_REGIONS', '', /regions.*an empty value/],
    ['CLAVIGER_REGIONS', 'us-east-1,', /regions/],
    ['CLAVIGER_REGIONS', 'US-EAST-1', /regions/],
    ['CLAVIGER_REGIONS', 'us-east-1,us-east-1', /different regions/],
    ['CLAVIGER_LOG_LEVEL', 'verbose', /debug, info, warn, error.*"verbose"/],
    ['CLAVIGER_TLS_CERT', '', /a path/],
  ])('refuses %s=%p and names setting, expectation and finding', (variable, value, message) => {
    const { setting, expected, found } = problemOf({ [variable]: value });
    expect(setting).toBe(variable);
    expect(`${expected}; found ${found}`).toMatch(message);
    expect(refusal({ [variable]: value }).message).toContain(variable);
  });

  it.each([
    ['CLAVIGER_BOOTSTRAP_TOKEN', 'too-short-123'],
    ['CLAVIGER_BOOTSTRAP_TOKEN', 'has blanks in the middle of it'],
    ['CLAVIGER_BOOTSTRAP_SECRET_ACCESS_KEY', 'too-short-123'],
    ['CLAVIGER_BOOTSTRAP_SECRET_ACCESS_KEY', `${SECRET}\n`],
    ['CLAVIGER_BOOTSTRAP_ACCESS_KEY_ID', SECRET],
    ['CLAVIGER_BOOTSTRAP_TOKN', SECRET],
  ])('tells of a bad %s no more than its length (R-2)', (variable, value) => {
    const error = refusal({
      CLAVIGER_BOOTSTRAP_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      CLAVIGER_BOOTSTRAP_SECRET_ACCESS_KEY: SECRET,
      [variable]: value,
    });
    expect(error.problems.map(({ setting }) => setting)).toEqual([variable]);
    expect(error.message).toContain(`${value.length} characters`);
    expect(JSON.stringify(error.problems) + error.message + (error.stack ?? '')).not.toContain(value.trim());
  });

  it('refuses an unknown CLAVIGER_ variable, lists the known ones and prints no value', () => {
    const { setting, expected, found } = problemOf({ CLAVIGER_PROT: '7070' });
    expect(setting).toBe('CLAVIGER_PROT');
    expect(expected).toContain('CLAVIGER_PORT');
    expect(found).toBe('an unknown name with a value of 4 characters');
    expect(problemOf({ CLAVIGER_port: '1' }).setting).toBe('CLAVIGER_port');
    expect(problemOf({ CLAVIGER_: '1' }).setting).toBe('CLAVIGER_');
    expect(problemOf({ CLAVIGER_CONSTRUCTOR: '1' }).setting).toBe('CLAVIGER_CONSTRUCTOR');
  });

  it('names all problems at once', () => {
    const { problems } = refusal({ CLAVIGER_PORT: 'x', CLAVIGER_ACCOUNT: 'y', CLAVIGER_WHAT: 'z' });
    expect(problems.map(({ setting }) => setting).toSorted()).toEqual([
      'CLAVIGER_ACCOUNT',
      'CLAVIGER_PORT',
      'CLAVIGER_WHAT',
    ]);
  });

  it('ignores with a warning what Kubernetes injects for a service of this name', () => {
    const { settings, warnings } = load({
      CLAVIGER_SERVICE_HOST: '10.0.0.1',
      CLAVIGER_SERVICE_PORT: '7070',
      CLAVIGER_SERVICE_PORT_HTTP: '7070',
      CLAVIGER_PORT: 'tcp://10.0.0.1:7070',
      CLAVIGER_PORT_7070_TCP: 'tcp://10.0.0.1:7070',
      CLAVIGER_PORT_7070_TCP_ADDR: '10.0.0.1',
    });
    expect(settings.port).toBe(7070);
    expect(warnings).toHaveLength(6);
    expect(warnings).toContainEqual(expect.stringContaining('CLAVIGER_PORT is ignored'));
  });

  it('refuses what Kubernetes injects for another service, with the remedy', () => {
    expect(problemOf({ CLAVIGER_ADMIN_SERVICE_HOST: '10.0.0.1' }).expected).toContain('enableServiceLinks: false');
  });

  describe('between settings', () => {
    const proxy = { CLAVIGER_BEHIND_TLS_PROXY: 'true' };
    const tls = { CLAVIGER_TLS_CERT: '/c', CLAVIGER_TLS_KEY: '/k' };

    it.each(['0.0.0.0', '::', '192.168.1.5', 'kms.example.org', '127.evil.example'])(
      'refuses to listen on %s without TLS, unless a TLS proxy is declared',
      (host) => {
        const { setting, expected, found } = problemOf({ CLAVIGER_HOST: host });
        expect({ setting, found }).toEqual({ setting: 'CLAVIGER_HOST', found: JSON.stringify(host) });
        expect(expected).toContain('CLAVIGER_BEHIND_TLS_PROXY');
        expect(load({ CLAVIGER_HOST: host, ...proxy }).settings.host).toBe(host);
        expect(load({ CLAVIGER_HOST: host, ...tls }).settings.host).toBe(host);
        expect(problemOf({ CLAVIGER_HOST: host, CLAVIGER_BEHIND_TLS_PROXY: 'false' }).setting).toBe('CLAVIGER_HOST');
      },
    );

    it.each(['127.0.0.1', '127.0.0.53', '::1', 'localhost'])('listens on %s without TLS', (host) => {
      expect(load({ CLAVIGER_HOST: host }).settings.host).toBe(host);
    });

    it.each([
      ['CLAVIGER_TLS_CERT', 'CLAVIGER_TLS_KEY', '/x'],
      ['CLAVIGER_TLS_KEY', 'CLAVIGER_TLS_CERT', '/x'],
      ['CLAVIGER_BOOTSTRAP_ACCESS_KEY_ID', 'CLAVIGER_BOOTSTRAP_SECRET_ACCESS_KEY', 'AKIAIOSFODNN7EXAMPLE'],
      ['CLAVIGER_BOOTSTRAP_SECRET_ACCESS_KEY', 'CLAVIGER_BOOTSTRAP_ACCESS_KEY_ID', SECRET],
    ])('refuses %s without %s', (present, absent, value) => {
      const { setting, expected, found } = problemOf({ [present]: value });
      expect({ setting, found }).toEqual({ setting: absent, found: 'none' });
      expect(expected).toContain(present);
    });

    it('refuses a key file or an anchor inside the data folder (R-3)', () => {
      expect(problemOf({ CLAVIGER_DATA: '/d', CLAVIGER_SEAL_KEYFILE: '/d/root.key' }).setting).toBe(
        'CLAVIGER_SEAL_KEYFILE',
      );
      expect(problemOf({ CLAVIGER_DATA: '/d/', CLAVIGER_SEAL_KEYFILE: '/x/../d/a/b' }).setting).toBe(
        'CLAVIGER_SEAL_KEYFILE',
      );
      expect(problemOf({ CLAVIGER_DATA: '/d', CLAVIGER_ANCHOR: '/d' }).setting).toBe('CLAVIGER_ANCHOR');
      expect(load({ CLAVIGER_DATA: '/d', CLAVIGER_SEAL_KEYFILE: '/d-seal/k' }).settings.sealKeyfile).toBe('/d-seal/k');
    });
  });
});

describe('loadSettings with a file', () => {
  it('takes names in lower case without prefix, lists as lists or texts, and numbers as they are written', () => {
    const file = [
      'port: 8080',
      'account: 000000000042',
      'regions: [eu-west-1, eu-west-2]',
      'trusted_proxies: 10.1.1.1, 10.1.1.2',
      'behind_tls_proxy: true',
      'host: 0.0.0.0',
      'data: /srv/data # where it is',
      'bootstrap_access_key_id: AKIAIOSFODNN7EXAMPLE',
    ].join('\n');
    const { settings } = load({ CLAVIGER_BOOTSTRAP_SECRET_ACCESS_KEY: SECRET }, file);
    expect(settings).toMatchObject({
      port: 8080,
      account: '000000000042',
      regions: ['eu-west-1', 'eu-west-2'],
      trustedProxies: ['10.1.1.1', '10.1.1.2'],
      behindTlsProxy: true,
      data: '/srv/data',
    });
    expect(settings.bootstrap.accessKey?.id).toBe('AKIAIOSFODNN7EXAMPLE');
  });

  it('lets the environment win', () => {
    expect(load({ CLAVIGER_PORT: '9000' }, 'port: 8080\nlog_level: warn').settings).toMatchObject({
      port: 9000,
      logLevel: 'warn',
    });
  });

  it('falls back on the file when Kubernetes injected the variable', () => {
    expect(load({ CLAVIGER_PORT: 'tcp://10.0.0.1:7070' }, 'port: 8080').settings.port).toBe(8080);
  });

  it('takes an empty file, or one with comments only', () => {
    expect(load({}, '').settings.port).toBe(7070);
    expect(load({}, '# nothing\n').settings.port).toBe(7070);
  });

  it('names key and file of a bad value', () => {
    expect(problemOf({}, 'port: many')).toMatchObject({ setting: 'port in /etc/claviger.yaml', found: '"many"' });
    expect(problemOf({}, 'port:')).toMatchObject({ setting: 'port in /etc/claviger.yaml', found: 'an empty value' });
    expect(problemOf({}, 'port: [1, 2]')).toMatchObject({ expected: 'one text', found: 'a list' });
    expect(problemOf({}, 'port: {a: 1}')).toMatchObject({ expected: 'a text', found: 'something else' });
    expect(problemOf({}, 'regions: [[a]]')).toMatchObject({ expected: 'a text or a list of texts' });
  });

  it.each([
    'nosuch: 1',
    'PORT: 1',
    'CLAVIGER_PORT: 1',
    'config: x',
    'url: x',
    '__proto__: x',
    'constructor: x',
    '? [a]\n: b',
  ])('refuses the unknown key in %p', (file) => {
    expect(problemOf({}, file).expected).toContain('the name of a setting (data, seal_keyfile');
  });

  it.each(['bootstrap_secret_access_key', 'bootstrap_token'])(
    'refuses %s in a file and prints its length only (R-4)',
    (name) => {
      const { setting, expected, found } = problemOf({}, `${name}: ${SECRET}`);
      expect({ setting, found }).toEqual({
        setting: `${name} in /etc/claviger.yaml`,
        found: 'a value of 40 characters',
      });
      expect(expected).toBe(`no secret in a file: set CLAVIGER_${name.toUpperCase()}`);
    },
  );

  it.each([
    ['port: 1\nport: 2', /well-formed YAML/],
    [`a: "${SECRET}`, /well-formed YAML/],
    [`- ${SECRET}`, /a mapping of settings/],
    ['just a text', /a mapping of settings/],
    ['port: !!binary aGk=', /expected a text/],
    ['a: &x [1]\nb: *y', /YAML|name of a setting/],
    ['x'.repeat(70_000), /at most 65536 characters/],
  ])('refuses the form of %p without quoting it', (file, message) => {
    const error = refusal({}, file);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain(SECRET);
  });

  it('says why a file cannot be read', () => {
    expect(problemOf({ CLAVIGER_CONFIG: '/nowhere.yaml' })).toEqual({
      setting: 'CLAVIGER_CONFIG (/nowhere.yaml)',
      expected: 'a YAML file that can be read',
      found: 'ENOENT on reading it',
    });
  });
});
