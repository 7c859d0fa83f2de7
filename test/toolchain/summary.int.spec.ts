import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** Runs `npm test` on fixtures alone, in a process of its own; gives its exit code and what it printed. */
function runTests(fixtures: string, ...flags: string[]): { code: number | null; text: string } {
  return runMatching(`**/test/toolchain/fixtures/${fixtures}.fixture.ts`, ...flags);
}

function runMatching(glob: string, ...flags: string[]): { code: number | null; text: string } {
  const { TEST_NOTES_FILE: _notes, TEST_RESULT_FILE: _result, ...env } = process.env;
  const run = spawnSync(process.execPath, ['scripts/test.mjs', `--testMatch=${glob}`, ...flags], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  return { code: run.status, text: run.stdout + run.stderr };
}

describe('the closing summary of npm test', () => {
  it('names what a suite ran against, and a missing need as EXTERNAL when test/external.json has it', () => {
    const { code, text } = runTests('declared', '--strict');

    expect(text).toContain('some-server: 1.2.3 (1 suite, 1 passed)');
    expect(text).toContain('some-program: version 7 (1 suite, 1 passed)');
    expect(text).toMatch(/NOT RUN\n {2}EXTERNAL wycheproof: no vectors here \(test\/toolchain\/fixtures/);
    expect(text).toMatch(/^1 passed, 0 failed$/m);
    expect(code).toBe(0);
  });

  it('passes with a NOT RUN by default, and fails on it with --strict when test/external.json lacks it', () => {
    const relaxed = runTests('missing');
    expect(relaxed.text).toContain('  some-hsm: no module is installed');
    expect(relaxed.code).toBe(0);

    const strict = runTests('missing', '--strict');
    expect(strict.text).toContain('NOT RUN and not in test/external.json: some-hsm');
    expect(strict.code).toBe(1);
  });

  it('has a table of ports, adapters and servers with the tests that ran', () => {
    const { code, text } = runMatching('**/libs/adapters/queue-embedded/src/*.spec.ts');

    expect(text).toMatch(/^PORTS\n {2}port {2,}adapter {2,}server {2,}tests$/m);
    const passed = /^(\d+) passed, 0 failed$/m.exec(text)?.[1];
    expect(text).toMatch(
      new RegExp(`^ {2}JobQueue +queue-embedded +none: within this process +${passed} passed$`, 'm'),
    );
    expect(code).toBe(0);
  });

  it('lists a suite that was skipped without a stated reason, and fails on it with --strict', () => {
    const { code, text } = runTests('silent', '--strict');

    expect(text).toContain('silent.fixture.ts: skipped without a stated reason');
    expect(code).toBe(1);
  });
});
