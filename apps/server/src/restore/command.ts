import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { JsonLogger, loadSettings, SettingsError, SystemClock, SystemIds, type Settings } from '@claviger/platform';
import { type Restored, restore } from './restore.js';

const CELLS = 30;

/** `restore <file>`: one shot, with the settings of the service. @returns the exit code */
export async function restoreCommand(args: readonly string[]): Promise<number> {
  process.umask(0o077);
  const [file, ...more] = args;
  if (file === undefined || more.length > 0) {
    say('Expected one argument, the file of the backup: restore <file>');
    return 2;
  }
  const clock = new SystemClock();
  const logger = new JsonLogger({ clock, level: 'error' });
  try {
    const settings = loadSettings(process.env, (path) => readFileSync(path, 'utf8')).settings;
    const bar = new Bar();
    try {
      const restored = await restore(file, settings, { clock, ids: new SystemIds(clock), logger }, bar.show);
      bar.end();
      process.stdout.write(report(settings, restored));
      return 0;
    } finally {
      bar.end();
    }
  } catch (error) {
    if (error instanceof SettingsError) {
      for (const { setting, expected, found } of error.problems)
        say(`${setting}: expected ${expected}, found ${found}`);
      return 1;
    }
    say(`Not restored: ${sentence(file, error)}`);
    return 1;
  }
}

/** Errors whose message says all; of the others the name of the file system or server error. */
function sentence(file: string, error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'BackupDamaged') return `${file} is no sound backup: ${error.message}.`;
  return error.message;
}

function report(settings: Settings, { header, end, anchor, authentic, archived }: Restored): string {
  const { events, sealed } = end.counts;
  const lines = [
    `Restored the backup made at ${header.madeAt}: ${events} events, ${sealed} sealed records, audit journal to entry ${header.journal.sequence}.`,
    archived
      ? `The journal is of another profile: it is kept in ${settings.data}/archive, and a new one begins at the next start.`
      : undefined,
    authentic === 'verified'
      ? 'It verifies under the root key.'
      : 'The root key was not at hand: the next start verifies it, and refuses what was edited.',
    anchor === 'kept'
      ? `The anchor in ${settings.anchor} was kept: it tells what the backup lacks.`
      : `There was no anchor in ${settings.anchor}: the destruction register and version marks of the backup were put there.`,
    '',
    'Next: bring the root key, start the service, read `claviger operator report` and accept it.',
    'Until then keys cannot be used. What was destroyed after the backup is destroyed again only where the anchor knows of it.',
  ];
  return `${lines.filter((line) => line !== undefined).join('\n')}\n`;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Where somebody is watching. */
class Bar {
  private last = '';

  readonly show = (phase: string, done: number, of: number): void => {
    if (!process.stderr.isTTY) return;
    const share = of > 0 ? Math.min(1, done / of) : 1;
    const filled = Math.round(share * CELLS);
    const line = `${phase} [${'#'.repeat(filled)}${'.'.repeat(CELLS - filled)}] ${Math.floor(share * 100)} %`;
    if (line === this.last) return;
    process.stderr.write(`\r${line.padEnd(this.last.length)}`);
    this.last = line;
  };

  end(): void {
    if (this.last !== '') process.stderr.write(`\r${' '.repeat(this.last.length)}\r`);
    this.last = '';
  }
}
