/** One setting that is refused. */
export interface SettingsProblem {
  /** The variable, or the key and the file it stands in. */
  readonly setting: string;
  readonly expected: string;
  readonly found: string;
}

/** The settings are refused: the server must not start. `problems` has all of them, not just the first. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly SettingsProblem[]) {
    const lines = problems.map(({ setting, expected, found }) => `${setting}: expected ${expected}; found ${found}`);
    super(`settings refused: ${lines.join(' | ')}`);
  }
}

const SHOWN = 80;

/** A value as a message may show it: quoted and short; of a secret only the length. */
export function shown(value: string | readonly string[], secret: boolean): string {
  const text = typeof value === 'string' ? value : value.join(',');
  if (text === '') return 'an empty value';
  if (secret) return `a value of ${text.length} characters`;
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}
