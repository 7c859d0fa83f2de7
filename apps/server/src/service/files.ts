import { lstatSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Finding } from '@claviger/application';
import type { Settings } from '@claviger/platform';
import { rootFileOf } from '../first-start.js';

const OTHERS = 0o077;

/** Files and folders of the service that others than its user have rights to. Looks; changes nothing. */
export function inspectFiles(settings: Settings): readonly Finding[] {
  const { data, anchor } = settings;
  const rootFile = rootFileOf(settings);
  const paths = [
    data,
    anchor,
    dirname(rootFile),
    rootFile,
    ...entriesOf(data),
    ...entriesOf(join(data, 'journal')),
    ...entriesOf(anchor),
  ];
  const findings: Finding[] = [];
  for (const path of paths) {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    if (stat.isSymbolicLink()) {
      findings.push({
        severity: 'warning',
        check: 'files',
        subject: path,
        message: 'is a symbolic link',
        advice: 'Use the path of the file itself.',
      });
    } else if ((stat.mode & OTHERS) !== 0) {
      const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
      findings.push({
        severity: path === rootFile ? 'problem' : 'warning',
        check: 'files',
        subject: path,
        message: `has mode ${mode}: others than its owner have rights`,
        advice: `chmod go-rwx ${path}`,
      });
    }
  }
  return findings;
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}
