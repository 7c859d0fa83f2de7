import { parseArgs } from 'node:util';
import type { ClusterOptions } from './cluster.js';

/** Something that the person who typed it can put right. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export const USAGE = `npm run cluster -- [options]
A cluster on this machine, for trying out: an event store (the stand-in of the tests, not a database), Redis, PostgreSQL,
2 api nodes, an admin node, 2 workers, and one address in front of them. Stays until Ctrl-C.
  --port N       of the front (default 7070; with --demo any free one)
  --api N        api nodes, 1 to 8 (default 2)
  --workers N    workers, 0 to 8 (default 2)
  --folder PATH  keeps everything there, and goes on with it the next time (default: a temporary folder that is removed)
  --demo         runs the demo on it, and ends with the demo's exit code
Credentials: CLAVIGER_BOOTSTRAP_ACCESS_KEY_ID, CLAVIGER_BOOTSTRAP_SECRET_ACCESS_KEY and CLAVIGER_BOOTSTRAP_TOKEN where they are set, else made.`;

export interface Wanted {
  readonly port: number;
  readonly api: number;
  readonly workers: number;
  readonly folder: string | undefined;
  readonly demo: boolean;
}

const DEFAULT_PORT = '7070';

/** @throws Refused */
export function settingsOf(args: string[]): Wanted | 'help' {
  const { port, api, workers, folder, demo, help } = parsed(args);
  if (help) return 'help';
  return {
    port: numberOf('--port', port ?? (demo ? '0' : DEFAULT_PORT), 0, 65_535),
    api: numberOf('--api', api, 1, 8),
    workers: numberOf('--workers', workers, 0, 8),
    folder,
    demo,
  };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: 'string' },
        api: { type: 'string', default: '2' },
        workers: { type: 'string', default: '2' },
        folder: { type: 'string' },
        demo: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new Refused(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function numberOf(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new Refused(`${option}: expected a whole number from ${least} to ${most}, found ${JSON.stringify(text)}`);
  }
  return value;
}

/** Credentials that the environment names; all three or none. @throws Refused */
export function givenSecrets(
  env: Readonly<Record<string, string | undefined>>,
): Pick<ClusterOptions, 'credentials' | 'token'> {
  const names = ['ACCESS_KEY_ID', 'SECRET_ACCESS_KEY', 'TOKEN'].map((name) => `CLAVIGER_BOOTSTRAP_${name}`);
  const [accessKeyId, secretAccessKey, token] = names.map((name) => env[name]);
  if (accessKeyId !== undefined && secretAccessKey !== undefined && token !== undefined) {
    return { credentials: { accessKeyId, secretAccessKey }, token };
  }
  const missing = names.filter((name) => env[name] === undefined);
  if (missing.length < names.length)
    throw new Refused(`expected ${names.join(', ')} or none of them, missing: ${missing.join(', ')}`);
  return {};
}
