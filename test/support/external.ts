import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';

/** As `describe`, and nothing more: no `only`, and no `skip` that nobody is told of. */
export type Suite = (title: string, suite: jest.EmptyFunction) => void;

/**
 * What a suite needs that `npm ci` does not bring: a program, a server, a set of vectors.
 *
 * `found` is what is there, in a few words for the closing summary (a version, a path), or undefined when it is not.
 * Gives `describe` when it is there. When not, the need is listed in the closing summary as NOT RUN with `reason`, and
 * the suite is skipped: `npm test` passes, `.ci/run` fails unless `name` stands in test/external.json.
 *
 *     requireExternal('aws', awsVersion(), 'Debian package awscli is not installed')('key use through the AWS CLI', () => …)
 */
export function requireExternal(name: string, found: string | undefined, reason: string): Suite {
  if (found === undefined) {
    notRun(name, reason);
    return describe.skip;
  }
  return (title, suite) => {
    ranAgainst(name, found, title);
    describe(title, suite);
  };
}

/**
 * Lists in the closing summary what this suite ran against, e.g. a server that it started itself. `under` is the title of the `describe`
 * whose tests use it; all of the file's when absent. The table of ports counts those tests.
 */
export function ranAgainst(name: string, detail: string, under?: string): void {
  write({ kind: 'against', name, detail, ...(under !== undefined && { under }) });
}

/** Lists `name` as NOT RUN, for a part of a suite that `requireExternal` does not fit. */
export function notRun(name: string, reason: string): void {
  write({ kind: 'not-run', name, detail: reason });
}

// One line per note, appended whole: several jest workers write to the same file. scripts/test.mjs names the file.
function write(note: { kind: 'against' | 'not-run'; name: string; detail: string; under?: string }): void {
  const file = process.env['TEST_NOTES_FILE'];
  if (file === undefined) return;
  const suite = relative(process.cwd(), expect.getState().testPath ?? '');
  appendFileSync(file, `${JSON.stringify({ ...note, suite })}\n`);
}
