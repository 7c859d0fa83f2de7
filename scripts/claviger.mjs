#!/usr/bin/env node
// `npx claviger` from a clone: builds what is stale, then runs the CLI with the Node that npm ci brought.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pinnedNode, root } from './paths.mjs';

const node = pinnedNode();
const build = spawnSync(node, [join(root, 'scripts', 'build.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
if (build.status !== 0) process.exit(build.status ?? 1);

const main = join(root, build.stdout.toString().trim(), 'apps', 'cli', 'src', 'main.js');
const child = spawn(node, ['--enable-source-maps', main, ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  process.stderr.write(`claviger: ${error.message}\n`);
  process.exitCode = 1;
});
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128);
});
