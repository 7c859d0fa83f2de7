import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadSettings, SettingsError } from '@claviger/platform';
import { UsageError } from '../failure.js';

export interface PlaceOptions {
  readonly data?: string;
  readonly sealKeyfile?: string;
  readonly anchor?: string;
}

/** Where the files of a service lie. Absolute paths. */
export interface Places {
  readonly data: string;
  readonly journal: string;
  readonly sealedStore: string;
  readonly sealKeyfile: string;
  readonly anchor: string;
}

/** Where the service itself would look: its environment or configuration file, and its defaults. Options win. @throws UsageError */
export function placesOf(options: PlaceOptions, env: Readonly<Record<string, string | undefined>>): Places {
  const { data, sealKeyfile, anchor } = { ...serviceSettings(env), ...definedOf(options) };
  return {
    data: resolve(data),
    journal: join(resolve(data), 'journal'),
    sealedStore: join(resolve(data), 'sealed.db'),
    sealKeyfile: resolve(sealKeyfile),
    anchor: resolve(anchor),
  };
}

function serviceSettings(env: Readonly<Record<string, string | undefined>>): Required<PlaceOptions> {
  // Only these: that the service could not start with the rest is of no concern here.
  const asked = ['CLAVIGER_CONFIG', 'CLAVIGER_DATA', 'CLAVIGER_SEAL_KEYFILE', 'CLAVIGER_ANCHOR'];
  const given = Object.fromEntries(asked.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
  try {
    const { data, sealKeyfile, anchor } = loadSettings(given, (path) => readFileSync(path, 'utf8')).settings;
    return { data, sealKeyfile, anchor };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const [problem] = error.problems;
    throw new UsageError(
      problem === undefined
        ? error.message
        : `${problem.setting}: expected ${problem.expected}, found ${problem.found}`,
    );
  }
}

const definedOf = ({ data, sealKeyfile, anchor }: PlaceOptions): PlaceOptions => ({
  ...(data === undefined ? {} : { data }),
  ...(sealKeyfile === undefined ? {} : { sealKeyfile }),
  ...(anchor === undefined ? {} : { anchor }),
});
