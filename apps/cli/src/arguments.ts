import { UsageError } from './failure.js';

/** A whole number among the options. @throws UsageError */
export const wholeNumber =
  (option: string, min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d{1,15}$/.test(text) || value < min || value > max) {
      throw new UsageError(`${option} must be a whole number from ${min} to ${max}; found ${JSON.stringify(text)}.`);
    }
    return value;
  };

/** One of a few words. @throws UsageError */
export const oneOf =
  <T extends string>(option: string, words: readonly T[]) =>
  (text: string): T => {
    const found = words.find((word) => word.toLowerCase() === text.toLowerCase());
    if (found === undefined)
      throw new UsageError(`${option} must be one of ${words.join(', ')}; found ${JSON.stringify(text)}.`);
    return found;
  };

/** Gathers an option that may come several times. */
export const several = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  text,
];

/** `name=value`; what follows the first `=` is the value. @throws UsageError */
export function pair(option: string, text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`${option} must be like name=value; found ${JSON.stringify(text)}.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** The path of a key: its id, ARN or alias may have slashes and colons in it. @throws UsageError for nothing */
export function keyPath(name: string): string {
  if (name === '' || name === '.' || name === '..')
    throw new UsageError('A key is named by its id, its ARN, or alias/<name>.');
  return `/keys/${encodeURIComponent(name)}`;
}

/** Help for `<key>`, which every command on one key takes. */
export const KEY_ARGUMENT = 'key id, ARN, alias/<name> or alias ARN';

/** Pasteable examples at the end of a command's help. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join('')}`;
