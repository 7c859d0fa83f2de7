import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { loadSettings, SettingsError } from '@claviger/platform';
import { parse } from 'yaml';
import { requireExternal } from '../support/external.js';

const root = join(import.meta.dirname, '..', '..');

interface Service {
  readonly image?: string;
  readonly build?: unknown;
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test?: readonly string[] };
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly ports?: readonly string[];
  readonly restart?: string;
  readonly command?: readonly string[];
}

interface Composition {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks?: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly secrets?: Readonly<Record<string, { readonly file?: string }>>;
}

function composeVersion(): string | undefined {
  const run = spawnSync('docker-compose', ['--version'], { encoding: 'utf8' });
  return run.status === 0 ? run.stdout.trim() : undefined;
}

const looked = new Map<string, Composition>();

/** As `docker-compose config` sees it: names resolved, anchors merged, checked against the schema. Looked at once: it takes seconds. */
function config(...args: string[]): Composition {
  const key = args.join(' ');
  const composition = looked.get(key) ?? look(args);
  looked.set(key, composition);
  return composition;
}

function look(args: readonly string[]): Composition {
  const run = spawnSync('docker-compose', [...args, 'config'], { cwd: root, encoding: 'utf8' });
  if (run.status !== 0)
    throw new Error(`docker-compose ${args.join(' ')} config ended with ${run.status}:\n${run.stderr}`);
  return parse(run.stdout) as Composition;
}

/** What the server would say to this environment. */
function refusals({ environment = {} }: Service): readonly string[] {
  try {
    loadSettings(environment, () => '');
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map(({ setting, expected, found }) => `${setting}: expected ${expected}, found ${found}`);
  }
}

requireExternal(
  'docker-compose',
  composeVersion(),
  'Debian package docker-compose is not installed',
)('the compose files', () => {
  const files = [
    ['docker-compose.yml', []],
    ['docker-compose.cluster.yml', ['-f', 'docker-compose.cluster.yml']],
    ['test/servers/eventstore/docker-compose.yml', ['-f', 'test/servers/eventstore/docker-compose.yml']],
  ] as const;

  it.each(files)('%s is valid, and every service says whether it is well and comes back by itself', (_, args) => {
    for (const [name, service] of Object.entries(config(...args).services)) {
      expect({ name, healthcheck: (service.healthcheck?.test ?? []).length > 1 }).toEqual({ name, healthcheck: true });
      expect({ name, restart: service.restart }).toEqual({ name, restart: 'unless-stopped' });
    }
  });

  it.each(files)('%s pins what it does not build', (_, args) => {
    for (const { image, build } of Object.values(config(...args).services)) {
      if (build === undefined) expect(image).toMatch(/:\d+\.?\d*.*$/);
    }
  });

  it.each(files)('%s publishes ports on this machine only', (_, args) => {
    for (const { ports = [] } of Object.values(config(...args).services)) {
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it.each(files)('%s holds no secret in clear', (_, args) => {
    const { services, secrets = {} } = config(...args);
    for (const { environment = {} } of Object.values(services)) {
      for (const [variable, value] of Object.entries(environment)) {
        if (/PASSWORD|SECRET|TOKEN|PIN/.test(variable))
          expect({ variable, value }).toEqual({ variable, value: expect.stringMatching(/^\/run\/secrets\//) });
        expect(value).not.toMatch(/:\/\/[^@/]*:[^@/]*@/);
      }
    }
    for (const secret of Object.values(secrets)) expect(secret.file).toMatch(/\/secrets\/[a-z-]+$/);
  });

  it('the cluster has each server and each role, with settings that the service accepts', () => {
    const { services } = config('-f', 'docker-compose.cluster.yml');
    expect(Object.keys(services)).toEqual(expect.arrayContaining(['eventstore', 'redis', 'postgres', 'admin']));
    const nodes = Object.entries(services).filter(
      ([, { environment }]) => environment?.['CLAVIGER_ROLE'] !== undefined,
    );
    expect(nodes.map(([name]) => name).sort()).toEqual(['admin', 'api-1', 'api-2', 'worker-1', 'worker-2']);
    for (const [name, service] of nodes) {
      expect({ name, refusals: refusals(service) }).toEqual({ name, refusals: [] });
      expect(service.environment).toMatchObject({ CLAVIGER_NODE: name, CLAVIGER_ROLE: name.replace(/-\d$/, '') });
    }
  });

  it('nobody reaches the admin node from where applications come', () => {
    const { services, networks = {} } = config('-f', 'docker-compose.cluster.yml');
    const networksOf = (role: string): Set<string> =>
      new Set(
        Object.values(services)
          .filter(({ environment }) => environment?.['CLAVIGER_ROLE'] === role)
          .flatMap(({ networks: own = {} }) => Object.keys(own)),
      );
    for (const other of ['api', 'worker']) {
      expect([...networksOf('admin')].filter((name) => networksOf(other).has(name))).toEqual([]);
    }
    for (const name of ['api-servers', 'admin-servers', 'worker-servers']) expect(networks[name]?.internal).toBe(true);
  });

  it('a misspelt setting would be found', () => {
    const { services } = config();
    const wrong = { environment: { ...services['claviger']?.environment, CLAVIGER_HOTS: '0.0.0.0' } };
    expect(refusals(wrong).join()).toContain('CLAVIGER_HOTS');
  });
});
