// Builds the code of test/ that runs outside of jest (test servers, the bench), with the apps and libs it uses, into
// node_modules/.cache/claviger-test/<hash of the sources>, and prints that folder. Never into `dist`: what is here must not reach an
// image. Nothing is done when the folder is there already.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pinnedNode, root, toolFile } from '../../scripts/paths.mjs';

const cache = join(root, 'node_modules', '.cache', 'claviger-test');
const folders = ['apps', 'libs', 'test'];
const left = /\.spec\.ts$/;
const keepNewest = 4;

function sources() {
  return folders
    .flatMap((folder) => readdirSync(join(root, folder), { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile() && !left.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .concat('.swcrc')
    .sort();
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = readFileSync(join(root, file));
    hash.update(`\0${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex').slice(0, 16);
}

function compile(target) {
  const temporary = `${target}.tmp-${process.pid}`;
  mkdirSync(dirname(target), { recursive: true });
  const compiler = toolFile('@swc', 'cli', 'bin', 'swc.js');
  const options = ['-d', temporary, '--copy-files', '--ignore', '**/*.spec.ts'];
  const run = spawnSync(pinnedNode(), [compiler, ...folders, ...options], { cwd: root, encoding: 'utf8' });
  if (run.status !== 0) {
    rmSync(temporary, { recursive: true, force: true });
    process.stderr.write(`building the test code failed:\n${run.stdout}${run.stderr}`);
    process.exit(1);
  }
  // A folder below node_modules takes no part in the package around it.
  writeFileSync(join(temporary, 'package.json'), '{ "type": "module" }\n');
  try {
    renameSync(temporary, target);
  } catch (error) {
    // Another worker built the same sources meanwhile.
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}

/** Old builds go once they have not been touched for an hour: no test runs that long without building again. */
function removeOld(current) {
  const hourAgo = Date.now() - 60 * 60 * 1000;
  const age = (name) => statSync(join(cache, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  const others = readdirSync(cache).filter((name) => name !== current);
  others.sort((a, b) => age(b) - age(a));
  for (const name of others.slice(keepNewest)) {
    if (age(name) < hourAgo) rmSync(join(cache, name), { recursive: true, force: true });
  }
}

const name = hashOf(sources());
const target = join(cache, name);
if (!existsSync(target)) compile(target);
removeOld(name);
process.stdout.write(`${target}\n`);
