// Builds apps and libs into `dist-<hash of the sources>` and points the link `dist` at it. Nothing is done when that
// folder is there already. Prints the folder's name on stdout; everything else goes to stderr.
//
// Why a folder per build: a running server loads code late (lazy imports, workers). A build that emptied its folder
// would break it. So a build never touches a folder that exists; it makes a new one beside it and swaps the link.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join, relative, sep } from 'node:path';
import { pinnedNode, root, toolFile } from './paths.mjs';
import { removeOldBuilds } from './old-builds.mjs';

const link = join(root, 'dist');
const compiler = toolFile('@swc', 'cli', 'bin', 'swc.js');

// Left out of every build: specs, the test helpers' library, conformance suites.
const notBuilt = [
  /\.spec\.ts$/,
  /^libs\/testing\//,
  /^libs\/ports\/src\/testing\.ts$/,
  /(^|\/)conformance(\/|\.ts$)/,
  /(^|\/)spec-support\.ts$/,
];
const notBuiltGlobs = [
  '**/*.spec.ts',
  'libs/testing/**',
  'libs/ports/src/testing.ts',
  '**/conformance.ts',
  '**/conformance/**',
  '**/spec-support.ts',
];

function sources(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      relative(root, join(entry.parentPath ?? entry.path, entry.name))
        .split(sep)
        .join('/'),
    )
    .filter((path) => !notBuilt.some((pattern) => pattern.test(path)));
}

function hashOfSources() {
  const compilerVersion = JSON.parse(readFileSync(toolFile('@swc', 'core', 'package.json'), 'utf8')).version;
  const files = [...sources(join(root, 'apps')), ...sources(join(root, 'libs')), '.swcrc', 'scripts/build.mjs'].sort();
  const hash = createHash('sha256').update(compilerVersion);
  for (const file of files) {
    const bytes = readFileSync(join(root, file));
    // Name and length are hashed too: moving a line from one file to the next is a change.
    hash.update(`\0${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex').slice(0, 16);
}

function compile(target) {
  const temporary = `${target}.tmp-${process.pid}`;
  rmSync(temporary, { recursive: true, force: true });
  const folders = ['apps', 'libs'].filter((folder) => existsSync(join(root, folder)));
  const options = ['-d', temporary, '--copy-files', '--ignore', notBuiltGlobs.join(',')];
  const run = spawnSync(pinnedNode(), [compiler, ...folders, ...options], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (run.status !== 0) {
    rmSync(temporary, { recursive: true, force: true });
    process.stderr.write(`build failed:\n${run.stdout}${run.stderr}`);
    process.exit(1);
  }
  try {
    renameSync(temporary, target);
  } catch (error) {
    // Another build of the same sources was faster: its folder is as good as ours.
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}

function linkTarget() {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

function swapLink(name) {
  if (linkTarget() === name) return;
  if (linkTarget() === undefined && lstatSync(link, { throwIfNoEntry: false }) !== undefined) {
    process.stderr.write('build: `dist` is a folder, not the link this script keeps. Remove it and run again.\n');
    process.exit(1);
  }
  const temporary = join(root, `dist-link.tmp-${process.pid}`);
  rmSync(temporary, { force: true });
  symlinkSync(name, temporary, 'dir');
  renameSync(temporary, link); // rename(2) replaces the old link in one step
}

if (!existsSync(compiler)) {
  // The image carries a finished `dist` and no compiler.
  if (!existsSync(join(link, 'apps'))) {
    process.stderr.write('build: no compiler (npm ci without --omit=dev brings it) and no `dist`.\n');
    process.exit(1);
  }
  process.stdout.write('dist\n');
} else {
  const name = `dist-${hashOfSources()}`;
  if (!existsSync(join(root, name))) {
    process.stderr.write(`building ${name}\n`);
    compile(join(root, name));
  }
  swapLink(name);
  removeOldBuilds(name);
  process.stdout.write(`${name}\n`);
}
