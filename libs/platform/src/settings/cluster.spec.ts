import { resolve } from 'node:path';
import type { Environment } from './environment.js';
import { loadSettings } from './load.js';
import { SettingsError } from './problem.js';

const SERVERS = {
  CLAVIGER_PROFILE: 'cluster',
  CLAVIGER_EVENTSTORE_URL: 'esdb://events:2113?tls=true',
  CLAVIGER_REDIS_URL: 'rediss://jobs@redis:6379/1',
  CLAVIGER_POSTGRES_URL: 'postgres://claviger@postgres:5432/claviger?sslmode=verify-full',
};

const load = (env: Environment) => loadSettings(env, () => '').settings;

function problemsOf(env: Environment): readonly string[] {
  try {
    load(env);
  } catch (error) {
    if (error instanceof SettingsError) {
      return error.problems.map(({ setting, expected, found }) => `${setting}: ${expected}; ${found}`);
    }
    throw error;
  }
  return [];
}

describe('settings of the cluster profile', () => {
  it('name its servers, a role and a node', () => {
    const { profile, role, node, cluster } = load({
      ...SERVERS,
      CLAVIGER_ROLE: 'worker',
      CLAVIGER_NODE: 'worker-1',
      CLAVIGER_EVENTSTORE_USER: 'claviger',
      CLAVIGER_EVENTSTORE_PASSWORD_FILE: './secrets/eventstore',
      CLAVIGER_REDIS_PASSWORD_FILE: '/run/secrets/redis',
      CLAVIGER_JOURNAL: 'local',
    });
    expect({ profile, role, node, cluster }).toEqual({
      profile: 'cluster',
      role: 'worker',
      node: 'worker-1',
      cluster: {
        eventStore: {
          url: 'esdb://events:2113?tls=true',
          user: 'claviger',
          passwordFile: resolve('./secrets/eventstore'),
        },
        redis: { url: 'rediss://jobs@redis:6379/1', passwordFile: '/run/secrets/redis' },
        postgres: {
          url: 'postgres://claviger@postgres:5432/claviger?sslmode=verify-full',
          passwordFile: null,
        },
        journal: 'local',
      },
    });
    expect(Object.isFrozen(cluster)).toBe(true);
  });

  it('are all there, or the missing ones are named', () => {
    expect(problemsOf({ CLAVIGER_PROFILE: 'cluster' })).toEqual([
      'CLAVIGER_EVENTSTORE_URL: an address, because CLAVIGER_PROFILE is cluster; none',
      'CLAVIGER_REDIS_URL: an address, because CLAVIGER_PROFILE is cluster; none',
      'CLAVIGER_POSTGRES_URL: an address, because CLAVIGER_PROFILE is cluster; none',
    ]);
  });

  it.each([
    ['CLAVIGER_EVENTSTORE_URL', 'esdb://admin:changeit@events:2113'],
    ['CLAVIGER_EVENTSTORE_URL', 'http://events:2113'],
    ['CLAVIGER_REDIS_URL', 'redis://:changeit@redis:6379'],
    ['CLAVIGER_POSTGRES_URL', 'postgres://claviger:changeit@postgres/claviger'],
    ['CLAVIGER_POSTGRES_URL', 'postgres://postgres/claviger'],
  ])('refuse %s=%p without telling it', (variable, value) => {
    const [problem = '', ...others] = problemsOf({ ...SERVERS, [variable]: value });
    expect(problem).toContain(`${variable}: `);
    expect(problem).toContain(`a value of ${value.length} characters`);
    expect(problem).not.toContain('changeit');
    expect(others).toEqual([]);
  });

  it('have a password file for a user, and a user for a password file', () => {
    const [problem] = problemsOf({ ...SERVERS, CLAVIGER_EVENTSTORE_USER: 'claviger' });
    expect(problem).toBe('CLAVIGER_EVENTSTORE_PASSWORD_FILE: a value, because CLAVIGER_EVENTSTORE_USER is set; none');
  });
});

describe('settings of a token', () => {
  const TOKEN = {
    CLAVIGER_PKCS11_MODULE: '/usr/lib/softhsm/libsofthsm2.so',
    CLAVIGER_PKCS11_TOKEN: 'claviger',
    CLAVIGER_PKCS11_PIN_FILE: './pin',
  };

  it('go with either profile', () => {
    expect(load(TOKEN).pkcs11).toEqual({
      module: '/usr/lib/softhsm/libsofthsm2.so',
      tokenLabel: 'claviger',
      tokenSerial: null,
      pinFile: resolve('./pin'),
      sessions: 4,
    });
  });

  it.each(['CLAVIGER_PKCS11_TOKEN', 'CLAVIGER_PKCS11_PIN_FILE', 'CLAVIGER_PKCS11_MODULE'])(
    'are refused where %s is missing',
    (missing) => {
      expect(problemsOf({ ...TOKEN, [missing]: undefined }).join(' ')).toContain(missing);
    },
  );

  it('are needed by the seal that is in one', () => {
    expect(problemsOf({ CLAVIGER_SEAL: 'pkcs11' })).toEqual([
      'CLAVIGER_PKCS11_MODULE: the module of a token, because CLAVIGER_SEAL is pkcs11; none',
    ]);
    expect(load({ ...TOKEN, CLAVIGER_SEAL: 'pkcs11' }).seal).toBe('pkcs11');
  });
});
