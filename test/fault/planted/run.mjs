// npm run test:fault -- --planted [words of a fault's name]: plants each fault of faults.mjs in a copy of the build and runs its suite
// against that. Ends with 1 when a suite passes all the same.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode, root, toolFile } from '../../../scripts/paths.mjs';
import { plantedFaults } from './faults.mjs';

// Below the checkout, so that packages are found from there.
const folder = join(root, 'node_modules', '.cache', 'claviger-planted');

function printed(script) {
  const run = spawnSync(pinnedNode(), [join(root, script)], { cwd: root, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout.trim();
}

function plant(build, edits) {
  for (const [file, text, instead] of edits) {
    const path = join(build, file);
    const before = readFileSync(path, 'utf8');
    if (!before.includes(text))
      throw new Error(`${file} does not hold ${JSON.stringify(text)} any more: mend faults.mjs`);
    writeFileSync(
      path,
      before.replace(text, () => instead),
    );
  }
}

// Colours of jest, and where in the code it happened.
const plain = (text) => text.replaceAll(/\u001b\[[0-9;]*m/g, '');
/** What a failure found, in a line. */
const reason = (message) =>
  plain(message)
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) =>
        line !== '' &&
        !/^(at |Error: expect|- Expected|\+ Received|[-+]?\s*Array \[|[-+]?\s*Object \{|[-+]?\s*[\]}[{])/.test(line),
    )
    .slice(0, 2)
    .join(' / ')
    .slice(0, 200);

/** Titles and reasons of the tests that failed; undefined when jest itself did not get that far. */
function failures({ suite, test }, env) {
  const result = join(folder, 'result.json');
  rmSync(result, { force: true });
  const args = [
    toolFile('jest', 'bin', 'jest.js'),
    `test/fault/${suite}`,
    '--runInBand',
    '--forceExit',
    '--json',
    `--outputFile=${result}`,
  ];
  if (test !== undefined) args.push(`--testNamePattern=${test}`);
  spawnSync(pinnedNode(), args, { cwd: root, env: { ...process.env, ...env }, stdio: 'ignore' });
  try {
    const { testResults } = JSON.parse(readFileSync(result, 'utf8'));
    return testResults.flatMap((one) => {
      const failed = one.assertionResults
        .filter(({ status }) => status === 'failed')
        .map(({ title, failureMessages }) => `${title}\n      ${reason(failureMessages[0] ?? '')}`);
      return failed.length > 0 || one.status === 'passed' ? failed : [one.message.split('\n')[0]];
    });
  } catch {
    return undefined;
  }
}

export function runPlanted(words) {
  const chosen = plantedFaults.filter(({ name }) => words.every((word) => name.includes(word)));
  let missed = 0;
  for (const [index, fault] of chosen.entries()) {
    process.stdout.write(`[${index + 1}/${chosen.length}] ${fault.name}\n`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const [server, code] = [join(folder, 'server'), join(folder, 'code')];
    cpSync(join(root, printed('scripts/build.mjs')), server, { recursive: true });
    cpSync(printed('test/servers/build.mjs'), code, { recursive: true });
    writeFileSync(join(server, 'package.json'), '{ "type": "module" }\n');
    for (const build of [server, code]) plant(build, fault.edits);
    const failed = failures(fault, { TEST_SERVER_BUILD: server, TEST_CODE_BUILD: code });
    if (failed !== undefined && failed.length > 0) {
      const others = failed.length > 1 ? `, and ${failed.length - 1} more` : '';
      process.stdout.write(`  caught by ${fault.suite}${others}: ${failed[0]}\n`);
    } else {
      missed += 1;
      process.stdout.write(`  NOT CAUGHT by ${fault.suite}${failed === undefined ? ' (it did not run)' : ''}\n`);
    }
  }
  rmSync(folder, { recursive: true, force: true });
  process.stdout.write(`\nplanted faults: ${chosen.length - missed} of ${chosen.length} caught\n`);
  return missed === 0 ? 0 : 1;
}
