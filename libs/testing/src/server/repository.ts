import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The checkout that the tests run in: the nearest folder upwards that holds the product's package.json. */
export function repositoryRoot(): string {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown }).name === 'claviger')
      return folder;
    if (dirname(folder) === folder) throw new Error(`no checkout of the product above ${process.cwd()}`);
  }
}

/** The Node that `npm ci` brought; the running one where there is none for this platform. */
export function pinnedNode(root: string): string {
  const path = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(path) ? path : process.execPath;
}

/**
 * Builds what is stale and gives the build's own folder. Not the link `dist`: a server that was started from a build keeps its files
 * whatever is built later. TEST_SERVER_BUILD names another build, e.g. one with a planted fault.
 */
export function builtServer(root: string): string {
  return process.env['TEST_SERVER_BUILD'] ?? join(root, runScript(root, join('scripts', 'build.mjs')));
}

/** The same for test code that has to run outside of jest, with the apps and libs it uses; TEST_CODE_BUILD. Never part of `dist`. */
export function builtTestCode(root: string): string {
  return process.env['TEST_CODE_BUILD'] ?? runScript(root, join('test', 'servers', 'build.mjs'));
}

function runScript(root: string, script: string): string {
  const run = spawnSync(pinnedNode(root), [script], { cwd: root, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${script} failed:\n${run.stdout}${run.stderr}`);
  return run.stdout.trim();
}
