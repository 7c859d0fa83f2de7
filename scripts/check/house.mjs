// What no general linter knows: the length of files, and a few things that never belong in this repository.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { root } from '../paths.mjs';

const folders = ['apps', 'libs', 'test', 'tools', 'scripts'];
const maxLines = 400;

const isTest = (path) => /\.spec\.ts$|^test\/|^libs\/testing\/|(^|\/)conformance\b/.test(path);
const isSource = (path) => /^(apps|libs)\//.test(path) && !isTest(path);

// The words are put together so that this file does not find itself.
const rules = [
  {
    name: 'export-star',
    why: 'an index names what it exports, one by one',
    applies: (path) => path.endsWith('.ts'),
    pattern: /^\s*export \*/,
  },
  {
    name: 'unfinished',
    why: 'unfinished work is an issue, not a comment',
    applies: () => true,
    pattern: new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`),
  },
  {
    name: 'silenced-checker',
    why: 'what the checker says is mended or configured for all',
    applies: () => true,
    pattern: new RegExp(`${'@ts-' + 'ignore'}|${'@ts-' + 'nocheck'}|${'oxlint' + '-disable'}|${'eslint' + '-disable'}`),
  },
  {
    name: 'time-or-chance',
    why: 'time and randomness are passed in (Clock, Ids); only their implementations ask the system',
    applies: (path) => isSource(path) && !/^libs\/platform\/src\/(clock|ids)\.ts$/.test(path),
    pattern: /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\brandomUUID(v7)?\(|\bperformance\.now\(/,
  },
];

const findings = [];
let files = 0;
for (const folder of folders) {
  let entries;
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true, recursive: true });
  } catch {
    continue;
  }
  for (const entry of entries) {
    if (!entry.isFile() || !/\.(ts|mts|tsx|js|mjs|cjs|sh)$/.test(entry.name)) continue;
    const path = relative(root, join(entry.parentPath ?? entry.path, entry.name))
      .split(sep)
      .join('/');
    if (path.includes('node_modules/')) continue;
    files += 1;
    const lines = readFileSync(join(root, path), 'utf8').split('\n');
    // The empty string after the last line break is no line.
    const count = lines.length - (lines.at(-1) === '' ? 1 : 0);
    if (count > maxLines) findings.push(`${path}: ${count} lines; above ${maxLines} a file is two things`);
    for (const rule of rules.filter((candidate) => candidate.applies(path))) {
      lines.forEach((line, index) => {
        const comment = /^\s*(\/\/|\*|\/\*)/.test(line);
        if (comment && rule.name === 'time-or-chance') return;
        if (rule.pattern.test(line)) findings.push(`${path}:${index + 1}: ${rule.name}: ${rule.why}`);
      });
    }
  }
}

for (const finding of findings) process.stdout.write(`${finding}\n`);
if (findings.length > 0) process.exitCode = 1;
else process.stdout.write(`${files} files, none over ${maxLines} lines\n`);
