// Shows that the layer rules bite: a small house in a temporary folder, first with everything that is allowed (no
// finding may appear), and beside it one planted file per violation (each must be found, by the rule that is named).
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pinnedNode, root, toolFile } from '../paths.mjs';

/** Adapter → its one SDK, which nothing else may import. */
const sdks = {
  'event-store-eventstoredb': '@eventstore/db-client',
  'hsm-pkcs11': 'pkcs11js',
  'queue-bullmq': 'bullmq',
  'seal-shares': 'shamir-secret-sharing',
  'sealed-store-postgres': 'pg',
};

/** Library folder → what its index may import. `type:` makes the import type-only. */
const allowed = {
  'libs/domain': [],
  'libs/crypto': ['node:crypto', 'node:util', '@noble/ciphers/chacha.js', '@noble/curves/ed25519.js'],
  'libs/platform': ['@claviger/crypto', 'node:fs', 'node:sqlite', 'class-validator', 'class-transformer', 'yaml'],
  'libs/ports': ['@claviger/domain', '@claviger/crypto', '@claviger/platform'],
  'libs/projections': ['@claviger/domain', '@claviger/crypto', '@claviger/platform', '@claviger/ports', 'node:sqlite'],
  'libs/audit': ['@claviger/domain', '@claviger/crypto', '@claviger/platform', '@claviger/ports'],
  'libs/application': [
    '@claviger/domain',
    '@claviger/crypto',
    '@claviger/platform',
    '@claviger/ports',
    '@claviger/projections',
    '@nestjs/common',
    '@nestjs/cqrs',
  ],
  'libs/protocols/one': [
    '@claviger/application',
    '@claviger/domain',
    '@claviger/crypto',
    '@claviger/platform',
    'node:crypto',
    '@nestjs/common',
    '@nestjs/cqrs',
    '@nestjs/swagger',
    'class-validator',
    'class-transformer',
    'type:fastify',
  ],
  'libs/protocols/two': [],
  'libs/adapters/one': [
    '@claviger/ports',
    '@claviger/domain',
    '@claviger/crypto',
    '@claviger/platform',
    'node:sqlite',
    'node:fs',
  ],
  'libs/adapters/two': [],
  ...Object.fromEntries(
    Object.entries(sdks).map(([adapter, sdk]) => [`libs/adapters/${adapter}`, ['@claviger/ports', 'node:fs', sdk]]),
  ),
  'libs/testing': ['@claviger/ports/testing', '@claviger/domain', 'node:fs', 'fast-check', '@aws-sdk/client-kms'],
  'apps/server': [
    '@claviger/application',
    '@claviger/protocols/one',
    '@claviger/audit',
    '@nestjs/core',
    'fastify',
    'node:fs',
  ],
  'apps/cli': ['@claviger/domain', '@claviger/crypto', '@claviger/platform', '@claviger/audit', 'commander', 'node:fs'],
};

/** Further files that must pass: path → imports. */
const allowedFiles = {
  'libs/ports/src/testing.ts': ['./store/conformance.js'],
  'libs/ports/src/store/conformance.ts': ['../index.js', 'fast-check'],
  'apps/server/src/profiles/embedded.ts': ['@claviger/adapters/one', '@claviger/ports'],
  'libs/application/src/some.spec.ts': ['@claviger/testing', '@claviger/ports/testing', 'fast-check', 'node:fs'],
  'test/e2e/some.e2e.spec.ts': ['@claviger/testing', '@claviger/adapters/one', '../../apps/server/src/index.js'],
};

/** [file, import, rule that must name it] */
const planted = [
  ['libs/domain/src', 'node:crypto', 'domain'],
  ['libs/domain/src', '@claviger/crypto', 'domain'],
  ['libs/domain/src', '@nestjs/common', 'domain'],
  ['libs/crypto/src', 'node:fs', 'crypto'],
  ['libs/crypto/src', '@claviger/domain', 'crypto'],
  ['libs/platform/src', '@claviger/domain', 'platform'],
  ['libs/platform/src', 'fastify', 'platform'],
  ['libs/ports/src', 'node:fs', 'ports'],
  ['libs/ports/src', '@claviger/projections', 'ports'],
  ['libs/projections/src', 'node:http', 'projections'],
  ['libs/projections/src', '@claviger/application', 'projections'],
  ['libs/audit/src', '@claviger/projections', 'audit'],
  ['libs/audit/src', 'node:sqlite', 'audit'],
  ['libs/application/src', '@claviger/adapters/one', 'application'],
  ['libs/application/src', '@claviger/protocols/one', 'application'],
  ['libs/application/src', '@claviger/audit', 'application'],
  ['libs/application/src', '@nestjs/core', 'application'],
  ['libs/application/src', 'node:crypto', 'application'],
  ['libs/protocols/one/src', '@claviger/ports', 'protocols'],
  ['libs/protocols/one/src', '@claviger/projections', 'protocols'],
  ['libs/protocols/one/src', '@claviger/adapters/one', 'protocols'],
  ['libs/protocols/one/src', '@claviger/protocols/two', 'protocols'],
  ['libs/protocols/one/src', 'node:fs', 'protocols'],
  ['libs/protocols/one/src', 'fastify', 'protocols-fastify-types-only'],
  ['libs/adapters/one/src', '@claviger/application', 'adapters'],
  ['libs/adapters/one/src', '@claviger/projections', 'adapters'],
  ['libs/adapters/one/src', '@claviger/adapters/two', 'adapters'],
  ['libs/adapters/one/src', 'yaml', 'adapters'],
  ...Object.entries(sdks).flatMap(([adapter, sdk]) => [
    [`libs/adapters/${adapter}/src`, '@claviger/application', `adapter-${adapter}`],
    [`libs/adapters/${adapter}/src`, '@claviger/adapters/one', `adapter-${adapter}`],
    ...Object.values(sdks)
      .filter((other) => other !== sdk)
      .map((other) => [`libs/adapters/${adapter}/src`, other, `adapter-${adapter}`]),
    ['libs/adapters/one/src', sdk, 'adapters'],
    ['libs/application/src', sdk, 'application'],
    ['libs/ports/src', sdk, 'ports'],
    ['apps/server/src', sdk, 'server'],
    ['apps/server/src/profiles', sdk, 'server'],
  ]),
  ['apps/server/src', '@claviger/adapters/one', 'adapters-only-in-profiles'],
  ['apps/server/src', '@claviger/testing', 'server'],
  ['apps/server/src', 'commander', 'server'],
  ['apps/cli/src', '@claviger/application', 'cli'],
  ['apps/cli/src', '@claviger/ports', 'cli'],
  ['apps/cli/src', '@nestjs/core', 'cli'],
  ['apps/cli/src', '../../server/src/index.js', 'apps-are-not-imported'],
  ['libs/testing/src', '../../../apps/server/src/index.js', 'testing'],
  ['libs/testing/src', '@claviger/application', 'testing'],
  ['libs/application/src', '@claviger/testing', 'testing-only-from-tests'],
  ['libs/application/src', '@claviger/ports/testing', 'ports-testing-only-from-tests'],
  ['libs/ports/src', './store/conformance.js', 'conformance-only-from-testing'],
  ['libs/application/src', '../../domain/src/inner.js', 'no-deep-imports'],
  ['libs/adapters/one/src', '../../../domain/src/inner.js', 'no-deep-imports'],
  ['apps/server/src', '../../../libs/domain/src/inner.js', 'no-deep-imports-from-apps'],
  ['libs/application/src', '../../../test/helper.js', 'tests-are-not-imported'],
  ['libs/platform/src', '../../../tools/helper.js', 'tools-are-not-imported'],
  ['libs/platform/src', 'fast-check', 'no-dev-packages'],
  ['libs/platform/src', 'no-such-package', 'resolvable'],
  ['libs/domain/src', './PLANTED.js', 'no-cycles'],
].map(([folder, target, rule], index) => {
  const name = `planted-${index}`;
  return { file: `${folder}/${name}.ts`, target: target.replace('PLANTED', name), rule };
});

function source(imports) {
  return `${imports
    .map((target, i) =>
      target.startsWith('type:')
        ? `import type * as m${i} from '${target.slice(5)}';\nexport type T${i} = typeof m${i};`
        : `import * as m${i} from '${target}';\nexport const v${i} = m${i};`,
    )
    .join('\n')}\nexport const here = 1;\n`;
}

function build(folder) {
  const write = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const file of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs'])
    copyFileSync(join(root, file), join(folder, file));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
  for (const [path, imports] of Object.entries(allowed)) write(`${path}/src/index.ts`, source(imports));
  for (const [path, imports] of Object.entries(allowedFiles)) write(path, source(imports));
  for (const path of ['libs/domain/src/inner.ts', 'test/helper.ts', 'tools/helper.ts']) write(path, source([]));
  for (const { file, target } of planted) {
    // A cycle needs two files: this one and one that imports it back.
    if (target.includes('planted-')) {
      const back = file.replace('.ts', '-back.ts');
      write(back, source([target]));
      write(file, source([`./${back.split('/').at(-1).replace('.ts', '.js')}`]));
    } else {
      write(file, source([target]));
    }
  }
}

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'claviger-layers-')));
try {
  build(folder);
  const cruiser = toolFile('dependency-cruiser', 'bin', 'dependency-cruiser.mjs');
  const run = spawnSync(pinnedNode(), [cruiser, 'apps', 'libs', 'test', 'tools', '--output-type', 'json'], {
    cwd: folder,
    maxBuffer: 1 << 28,
  });
  if (run.stdout.length === 0) throw new Error(run.stderr.toString());
  const found = JSON.parse(run.stdout.toString()).summary.violations;
  // A cycle is named once, by whichever of its files comes first.
  const plantOf = (path) => path.replace('-back.ts', '.ts');
  const missed = planted.filter(
    ({ file, rule }) => !found.some((v) => plantOf(v.from) === file && v.rule.name === rule),
  );
  const isPlanted = (path) => /\/planted-\d+(-back)?\.ts$/.test(path);
  const wrong = found.filter((v) => !isPlanted(v.from));
  for (const { file, target, rule } of missed) {
    process.stdout.write(`not caught: ${file.replace(/\/planted.*/, '')} imports ${target} (rule ${rule})\n`);
  }
  for (const v of wrong) process.stdout.write(`wrongly refused: ${v.from} imports ${v.to} (rule ${v.rule.name})\n`);
  if (missed.length + wrong.length > 0) process.exitCode = 1;
  else process.stdout.write(`${planted.length} planted layer violations, all caught; allowed imports pass\n`);
} catch (error) {
  process.stdout.write(`layers self-test: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
