// Runs the tests on a fresh build and says at the end what ran against what, and what did not run.
//   npm test                     everything; NOT RUN is told and passes
//   npm test -- --strict         as .ci/run: fails on any NOT RUN that test/external.json does not name
//   npm test -- libs/platform    other arguments go to jest
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pinnedNode, root, toolFile } from './paths.mjs';

const args = process.argv.slice(2);
const strict = args.includes('--strict');
const forJest = args.filter((arg) => arg !== '--strict');
// Given twice, jest takes the first.
const limited = forJest.some((arg) => arg.startsWith('--maxWorkers'));
const node = pinnedNode();

const build = spawnSync(node, [join(root, 'scripts', 'build.mjs')], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (build.status !== 0) process.exit(1);

const folder = mkdtempSync(join(tmpdir(), 'claviger-test-'));
try {
  const result = join(folder, 'result.json');
  const jest = spawnSync(
    node,
    [
      toolFile('jest', 'bin', 'jest.js'),
      `--reporters=${join(root, 'scripts', 'test-summary.mjs')}`,
      '--reporters=default',
      ...(limited ? [] : [`--maxWorkers=${Math.max(2, availableParallelism() - 1)}`]),
      ...forJest,
    ],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, TEST_NOTES_FILE: join(folder, 'notes.jsonl'), TEST_RESULT_FILE: result },
    },
  );
  process.exitCode = close(jest.status, result);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Prints the summary and the closing line, below jest's own; gives the exit code. */
function close(status, file) {
  let result;
  try {
    result = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    process.stdout.write('The test run ended without a result.\n');
    return status || 1;
  }
  process.stdout.write(`${result.lines.join('\n')}\n`);
  const unexpected = result.notRun.filter((name) => !result.external.includes(name));
  if (strict && unexpected.length > 0) {
    process.stdout.write(`\nNOT RUN and not in test/external.json: ${unexpected.join(', ')}\n`);
  }
  process.stdout.write(`\n${result.passed} passed, ${result.failed} failed\n`);
  if (status !== 0) return status ?? 1;
  return strict && unexpected.length > 0 ? 1 : 0;
}
