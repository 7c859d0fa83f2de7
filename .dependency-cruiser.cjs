// The layers of the house: who may import what. One rule per row of the table in the design, in its order. Each row
// lists what is allowed; anything else is an error. `npm run check` proves with planted violations that rows bite.

/** npm packages an adapter may use beside the common set: its one SDK. A new adapter with an SDK adds its line here. */
const adapterSdks = {
  'hsm-pkcs11': ['pkcs11js'],
  'event-store-eventstoredb': ['@eventstore/db-client'],
  'sealed-store-postgres': ['pg', '@types/pg'],
  'seal-shares': ['shamir-secret-sharing'],
  'queue-bullmq': ['bullmq'],
};

const npm = (...names) => names.map((name) => `(^|/)node_modules/${name}/`);
const lib = (...names) => names.map((name) => `^libs/${name}/src/index\\.ts$`);
const node = (...names) => names.map((name) => `^(node:)?${name}$`);
const anyNode = 'any built-in module of Node';

const spec = '\\.spec\\.ts$';
// Conformance suites and what they are made of are test code that lives in a lib: only `testing.ts` may lead to them.
const conformance = '(^libs/ports/src/testing\\.ts$|(^|/)conformance(/|\\.ts$|-[^/]+\\.ts$))';
const entries = ['^libs/((protocols|adapters)/)?[^/]+/src/index\\.ts$', '^libs/ports/src/testing\\.ts$'];
const testCode = [spec, '^test/', '^libs/testing/'];

/** A row: files under `folder` (not test code) may import themselves and `allowed`, nothing else. */
function row(name, folder, allowed, { self = `^${folder}`, except = [] } = {}) {
  const paths = [self, ...allowed.filter((entry) => entry !== anyNode)];
  return {
    name,
    severity: 'error',
    comment: `Only these may be imported here: ${[self, ...allowed].join('  ')}`,
    from: { path: `^${folder}`, pathNot: [spec, conformance, ...except] },
    to: { pathNot: paths, ...(allowed.includes(anyNode) && { dependencyTypesNot: ['core'] }) },
  };
}

const rows = [
  row('domain', 'libs/domain/', []),
  row('crypto', 'libs/crypto/', [...node('crypto', 'util'), ...npm('@noble/[^/]+')]),
  row('platform', 'libs/platform/', [
    ...lib('crypto'),
    anyNode,
    ...npm('class-validator', 'class-transformer', 'yaml'),
  ]),
  row('ports', 'libs/ports/', lib('domain', 'crypto', 'platform')),
  row('projections', 'libs/projections/', [
    ...lib('domain', 'crypto', 'platform', 'ports'),
    ...node('sqlite', 'worker_threads', 'fs', 'path'), // docs/adr/0001
  ]),
  row('audit', 'libs/audit/', lib('domain', 'crypto', 'platform', 'ports')),
  row('application', 'libs/application/', [
    ...lib('domain', 'crypto', 'platform', 'ports', 'projections'),
    ...npm('@nestjs/common', '@nestjs/cqrs'),
  ]),
  row(
    'protocols',
    'libs/protocols/([^/]+)/',
    [
      ...lib('application', 'domain', 'crypto', 'platform'),
      ...node('crypto'),
      ...npm('@nestjs/(common|cqrs|swagger)', 'class-validator', 'class-transformer', 'fastify'),
    ],
    { self: '^libs/protocols/$1/', except: ['^libs/protocols/admin/'] },
  ),
  // The admin API's interceptor wraps a whole call, and Nest's interceptors are made of observables: rxjs, there alone.
  row('protocols-admin', 'libs/protocols/admin/', [
    ...lib('application', 'domain', 'crypto', 'platform'),
    ...node('crypto'),
    ...npm('@nestjs/(common|cqrs|swagger)', 'class-validator', 'class-transformer', 'fastify', 'rxjs'),
  ]),
  {
    name: 'protocols-fastify-types-only',
    severity: 'error',
    comment: 'A protocol is handed its Fastify instance; it may name the types, not make a server.',
    from: { path: '^libs/protocols/', pathNot: [spec] },
    to: { path: npm('fastify'), dependencyTypesNot: ['type-only'] },
  },
  row('adapters', 'libs/adapters/([^/]+)/', [...lib('ports', 'domain', 'crypto', 'platform'), anyNode], {
    self: '^libs/adapters/$1/',
    except: Object.keys(adapterSdks).map((name) => `^libs/adapters/${name}/`),
  }),
  ...Object.entries(adapterSdks).map(([name, packages]) =>
    row(`adapter-${name}`, `libs/adapters/${name}/`, [
      ...lib('ports', 'domain', 'crypto', 'platform'),
      anyNode,
      ...npm(...packages),
    ]),
  ),
  row('server', 'apps/server/', [
    ...lib('domain', 'crypto', 'platform', 'ports', 'projections', 'audit', 'application'),
    ...lib('protocols/[^/]+', 'adapters/[^/]+'),
    anyNode,
    ...npm(
      '@nestjs/[^/]+',
      '@fastify/[^/]+',
      'fastify',
      'reflect-metadata',
      'rxjs',
      'class-validator',
      'class-transformer',
    ),
  ]),
  row('cli', 'apps/cli/', [...lib('domain', 'crypto', 'platform', 'audit'), anyNode, ...npm('commander')]),
  row('testing', 'libs/testing/', [
    ...lib('domain', 'crypto', 'platform', 'ports'),
    '^libs/ports/src/testing\\.ts$',
    anyNode,
    ...npm('@aws-sdk/[^/]+', '@aws-crypto/[^/]+', '@smithy/[^/]+', 'fast-check', '@types/jest'),
  ]),
  row('conformance', 'libs/ports/', [...lib('domain', 'crypto', 'platform'), ...node('crypto'), ...npm('fast-check')]),
].map((rule) => (rule.name === 'conformance' ? { ...rule, from: { path: conformance, pathNot: [spec] } } : rule));

const others = [
  {
    name: 'adapters-only-in-profiles',
    severity: 'error',
    comment: 'apps/server/src/profiles is the only place that names an adapter.',
    from: { pathNot: ['^apps/server/src/profiles/', '^libs/adapters/', ...testCode] },
    to: { path: '^libs/adapters/' },
  },
  {
    name: 'no-deep-imports',
    severity: 'error',
    comment: 'A lib is used through its src/index.ts; ports has a second entry, testing.ts.',
    from: { path: '^libs/((?:protocols|adapters)/[^/]+|[^/]+)/' },
    to: { path: '^libs/', pathNot: [...entries, '^libs/$1/'] },
  },
  {
    name: 'no-deep-imports-from-apps',
    severity: 'error',
    comment: 'As above.',
    from: { path: '^(apps|tools)/' },
    to: { path: '^libs/', pathNot: entries },
  },
  {
    name: 'ports-testing-only-from-tests',
    severity: 'error',
    from: { pathNot: testCode },
    to: { path: '^libs/ports/src/testing\\.ts$' },
  },
  {
    name: 'conformance-only-from-testing',
    severity: 'error',
    comment: 'Conformance suites leave ports through testing.ts only.',
    from: { pathNot: [conformance, spec] },
    to: { path: conformance, pathNot: ['^libs/ports/src/testing\\.ts$'] },
  },
  {
    name: 'testing-only-from-tests',
    severity: 'error',
    from: { pathNot: testCode },
    to: { path: '^libs/testing/' },
  },
  {
    name: 'tests-are-not-imported',
    severity: 'error',
    from: { pathNot: testCode },
    to: { path: [spec, '^test/'] },
  },
  {
    name: 'apps-are-not-imported',
    severity: 'error',
    comment: 'Only test/ reaches into an app; apps do not reach into each other.',
    from: { path: '^(libs|tools|apps/([^/]+))/' },
    to: { path: '^apps/', pathNot: ['^apps/$2/'] },
  },
  {
    name: 'tools-are-not-imported',
    severity: 'error',
    from: { path: '^(apps|libs)/' },
    to: { path: '^(tools|scripts|dist)' },
  },
  {
    name: 'no-dev-packages',
    severity: 'error',
    comment: 'The image is installed without development packages.',
    from: { path: '^(apps|libs)/', pathNot: [...testCode, conformance] },
    to: { dependencyTypes: ['npm-dev'], pathNot: npm('@types/[^/]+') },
  },
  { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  { name: 'no-unknown-packages', severity: 'error', from: {}, to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] } },
  { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
];

module.exports = {
  forbidden: [...rows, ...others],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
