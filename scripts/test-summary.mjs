// A jest reporter: what ran, by level; what it ran against; what did not run, and why. It leaves the lines in a file for
// scripts/test.mjs to print last: jest's own reporters hold back and reorder what is printed while they work.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { root } from './paths.mjs';
import { notesOf, portLines, portRows } from './port-table.mjs';

const levels = ['unit', 'int', 'e2e', 'fault', 'vectors'];

export function levelOf(path) {
  if (path.startsWith('test/fault/')) return 'fault';
  if (path.startsWith('test/vectors/')) return 'vectors';
  if (path.endsWith('.e2e.spec.ts')) return 'e2e';
  if (path.endsWith('.int.spec.ts')) return 'int';
  return 'unit';
}

const pathOf = (suite) => relative(root, suite.testFilePath).split(sep).join('/');

/** [{kind, name, detail, suite}] as test/support/external.ts wrote them. */
function readNotes() {
  const file = process.env.TEST_NOTES_FILE;
  if (file === undefined || !existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** Name → {details, suites}, so that ten suites against one server are one line. */
function group(notes) {
  const groups = new Map();
  for (const { name, detail, suite } of notes) {
    const entry = groups.get(name) ?? { details: new Set(), suites: new Set() };
    entry.details.add(detail);
    entry.suites.add(suite);
    groups.set(name, entry);
  }
  return [...groups].map(([name, { details, suites }]) => ({
    name,
    detail: [...details].join('; '),
    suites: [...suites],
  }));
}

function ranLines(suites) {
  return levels.flatMap((level) => {
    const own = suites.filter((suite) => levelOf(pathOf(suite)) === level);
    if (own.length === 0) return [];
    const sum = (field) => own.reduce((total, suite) => total + suite[field], 0);
    const skipped = sum('numPendingTests') + sum('numTodoTests');
    const counts = `${own.length} suites, ${sum('numPassingTests')} passed, ${sum('numFailingTests')} failed`;
    return [`  ${level.padEnd(8)} ${counts}${skipped > 0 ? `, ${skipped} not run` : ''}`];
  });
}

/** How the tests against this server went, over all suites: `  redis: … (3 suites, 41 passed)`. */
function againstLines(suites, notes) {
  const against = notes.filter((note) => note.kind === 'against');
  return group(against).map(({ name, detail, suites: paths }) => {
    const tests = suites
      .filter(({ path }) => paths.includes(path))
      .flatMap(({ path, tests }) => {
        const own = against.filter((note) => note.suite === path);
        return tests.filter((test) => notesOf(test, own).some((note) => note.name === name));
      });
    const count = (status) => tests.filter((test) => test.status === status).length;
    const failed = count('failed') > 0 ? `, ${count('failed')} FAILED` : '';
    const number = paths.length === 1 ? '1 suite' : `${paths.length} suites`;
    return `  ${name}: ${detail} (${number}, ${count('passed')} passed${failed})`;
  });
}

/** Tests skipped in a suite that declared no reason: nothing is skipped in silence. */
function undeclared(suites, declared) {
  return suites
    .filter((suite) => suite.numPendingTests + suite.numTodoTests > 0 && !declared.has(pathOf(suite)))
    .map((suite) => ({ name: pathOf(suite), detail: 'skipped without a stated reason', suites: [pathOf(suite)] }));
}

export default class TestSummary {
  onRunComplete(_contexts, results) {
    const suites = results.testResults;
    const notes = readNotes();
    const external = JSON.parse(readFileSync(join(root, 'test', 'external.json'), 'utf8'));
    const declared = notes.filter((note) => note.kind === 'not-run');
    const notRun = [...group(declared), ...undeclared(suites, new Set(declared.map((note) => note.suite)))];
    const { node, openssl, sqlite } = process.versions;

    const lines = ['', 'RAN', ...ranLines(suites), 'AGAINST', `  node ${node} (OpenSSL ${openssl}, SQLite ${sqlite})`];
    const ran = suites.map((suite) => ({ path: pathOf(suite), tests: suite.testResults }));
    lines.push(...againstLines(ran, notes), ...portLines(portRows(ran, notes)));
    lines.push(notRun.length === 0 ? 'NOT RUN: nothing' : 'NOT RUN');
    for (const entry of notRun) {
      const mark = Object.hasOwn(external, entry.name) ? `EXTERNAL ${entry.name}` : entry.name;
      lines.push(`  ${mark}: ${entry.detail} (${entry.suites.join(', ')})`);
    }
    const file = process.env.TEST_RESULT_FILE;
    if (file === undefined) return;
    const result = {
      lines,
      passed: results.numPassedTests,
      // A suite that could not even be loaded has no tests to count, and is a failure all the same.
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      notRun: notRun.map((entry) => entry.name),
      external: Object.keys(external),
    };
    writeFileSync(file, JSON.stringify(result));
  }
}
