import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { splitList } from './environment.js';
import type { Found } from './found.js';
import { isSettingName, SETTINGS, variableOf } from './names.js';
import { type SettingsProblem, shown } from './problem.js';

const MAX_LENGTH = 65_536;

/** What the file that CLAVIGER_CONFIG names says, and what is wrong with its form and names. */
export function readSettingsFile(
  path: string,
  readFile: (path: string) => string,
): { found: Found; problems: SettingsProblem[] } {
  const found: Found = new Map();
  const problem = (expected: string, what: string): { found: Found; problems: SettingsProblem[] } => ({
    found,
    problems: [{ setting: `CLAVIGER_CONFIG (${path})`, expected, found: what }],
  });

  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'an error';
    return problem('a YAML file that can be read', `${code} on reading it`);
  }
  if (text.length > MAX_LENGTH) return problem(`at most ${MAX_LENGTH} characters`, `${text.length}`);

  // The failsafe schema keeps every scalar as the text that was written: an unquoted account 000000000000 stays 12
  // digits, and a file and a variable are checked alike. Of an error only code and line are told: its pretty message
  // would quote the file, secrets included.
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: 'failsafe',
    prettyErrors: false,
    lineCounter: lines,
    uniqueKeys: true,
  });
  const first = document.errors[0] ?? document.warnings[0];
  if (first !== undefined)
    return problem('well-formed YAML', `${first.code} in line ${lines.linePos(first.pos[0]).line}`);
  if (document.contents === null) return { found, problems: [] };
  if (!isMap<Node, Node | null>(document.contents)) return problem('a mapping of settings', 'something else');

  const problems: SettingsProblem[] = [];
  for (const { key, value } of document.contents.items) {
    const name = isScalar(key) ? String(key.value) : '(a key that is no text)';
    const setting = `${name} in ${path}`;
    const refuse = (expected: string, what: string): void => void problems.push({ setting, expected, found: what });
    const given = valueOf(value);
    if (!isSettingName(name)) {
      refuse(`the name of a setting (${fileNames().join(', ')})`, `an unknown name with ${shown(given ?? '', true)}`);
    } else if (SETTINGS[name].secrecy === 'secret') {
      refuse(`no secret in a file: set ${variableOf(name)}`, shown(given ?? '', true));
    } else if (given === undefined) {
      refuse(SETTINGS[name].list ? 'a text or a list of texts' : 'a text', 'something else');
    } else if (SETTINGS[name].list) {
      found.set(name, { value: typeof given === 'string' ? splitList(given) : given, setting });
    } else if (typeof given === 'string') {
      found.set(name, { value: given, setting });
    } else {
      refuse('one text', 'a list');
    }
  }
  return { found, problems };
}

/** A text, or a list of texts; undefined for everything else. */
function valueOf(node: Node | null): string | string[] | undefined {
  if (node === null) return '';
  if (isScalar(node)) return textOf(node.value);
  if (!isSeq(node)) return undefined;
  const items = node.items.map((item) => (isScalar(item) ? textOf(item.value) : undefined));
  return items.every((item) => item !== undefined) ? items : undefined;
}

function textOf(value: unknown): string | undefined {
  if (value === null) return '';
  return typeof value === 'string' ? value : undefined;
}

function fileNames(): string[] {
  return Object.entries(SETTINGS)
    .filter(([, { secrecy }]) => secrecy !== 'secret')
    .map(([name]) => name);
}
