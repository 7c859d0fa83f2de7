// All static checks, side by side. Prints a tool's output only when it found something.
//   npm run check             all
//   npm run check -- types    some
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pinnedNode, root, toolFile } from './paths.mjs';

const checks = {
  format: [toolFile('@biomejs', 'biome', 'bin', 'biome'), 'format', '.'],
  lint: [toolFile('oxlint', 'bin', 'oxlint'), '--type-aware', '--quiet'],
  types: [toolFile('@typescript', 'native', 'bin', 'tsc'), '--noEmit'],
  layers: [toolFile('dependency-cruiser', 'bin', 'dependency-cruiser.mjs'), 'apps', 'libs', 'test', 'tools'],
  'layers-selftest': [join(root, 'scripts', 'check', 'layers-selftest.mjs')],
  unused: [toolFile('knip', 'bin', 'knip.js')],
  house: [join(root, 'scripts', 'check', 'house.mjs')],
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(checks, name));
if (unknown.length > 0) {
  process.stderr.write(`check: no check named ${unknown.join(', ')}; there are ${Object.keys(checks).join(', ')}\n`);
  process.exit(2);
}

function run(name) {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(pinnedNode(), checks[name], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => output.push(Buffer.from(String(error))));
    child.on('close', (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const text = Buffer.concat(output).toString().trim();
      resolve({ name, ok: code === 0, seconds, text });
    });
  });
}

const names = asked.length > 0 ? asked : Object.keys(checks);
const results = await Promise.all(names.map(run));
for (const { name, ok, text } of results) if (!ok) process.stdout.write(`\n--- ${name} ---\n${text}\n`);
process.stdout.write('\n');
for (const { name, ok, seconds, text } of results) {
  const note = ok && (name === 'house' || name === 'layers-selftest') ? `  ${text}` : '';
  process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(16)} ${seconds.padStart(5)} s${note}\n`);
}
const failed = results.filter((result) => !result.ok).length;
process.stdout.write(`check: ${results.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
