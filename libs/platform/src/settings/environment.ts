import { isSettingName, OTHER_VARIABLES, PREFIX, SETTINGS } from './names.js';
import { type SettingsProblem, shown } from './problem.js';
import type { Found } from './found.js';

export type Environment = Readonly<Record<string, string | undefined>>;

// For a service named `claviger` Kubernetes sets CLAVIGER_SERVICE_HOST, CLAVIGER_SERVICE_PORT[_<NAME>],
// CLAVIGER_PORT=tcp://…, CLAVIGER_PORT_7070_TCP[_PROTO|_PORT|_ADDR] in every pod of the namespace.
function isInjected(variable: string, value: string): boolean {
  return (
    variable.startsWith('CLAVIGER_SERVICE_') ||
    variable.startsWith('CLAVIGER_PORT_') ||
    (variable === 'CLAVIGER_PORT' && value.startsWith('tcp://'))
  );
}

// The same for services named `claviger-…`: not ours to ignore, but worth a hint.
const LOOKS_INJECTED = /_SERVICE_HOST$|_SERVICE_PORT(_|$)|_PORT(_\d+_(TCP|UDP|SCTP)(_|$)|$)/;

/** What the environment says, and what is wrong with its names. */
export function readEnvironment(env: Environment): { found: Found; problems: SettingsProblem[]; warnings: string[] } {
  const found: Found = new Map();
  const problems: SettingsProblem[] = [];
  const warnings: string[] = [];
  for (const [variable, value] of Object.entries(env)) {
    if (value === undefined || !variable.startsWith(PREFIX) || OTHER_VARIABLES.includes(variable)) continue;
    if (isInjected(variable, value)) {
      warnings.push(`${variable} is ignored: Kubernetes sets it for a service named claviger`);
      continue;
    }
    const name = variable.slice(PREFIX.length).toLowerCase();
    if (!isSettingName(name) || variable !== variable.toUpperCase()) {
      problems.push({
        setting: variable,
        expected: `the name of a setting (${Object.keys(SETTINGS)
          .map((known) => PREFIX + known.toUpperCase())
          .concat(OTHER_VARIABLES)
          .join(', ')})${LOOKS_INJECTED.test(variable) ? '; in Kubernetes set enableServiceLinks: false' : ''}`,
        // A misspelt name may hold a secret.
        found: `an unknown name with ${shown(value, true)}`,
      });
      continue;
    }
    found.set(name, { value: SETTINGS[name].list ? splitList(value) : value, setting: variable });
  }
  return { found, problems, warnings };
}

/** Comma-separated; blanks around items do not count. An empty text is an empty list. */
export function splitList(text: string): string[] {
  return text.trim() === '' ? [] : text.split(',').map((item) => item.trim());
}
