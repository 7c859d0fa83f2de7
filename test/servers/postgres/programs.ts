import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const DEBIAN = '/usr/lib/postgresql';

/** Folder of PostgreSQL's programs: the newest of Debian's, else from the PATH. */
export function postgresFolder(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const candidates = [
    ...versions.map((version) => join(DEBIAN, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  return candidates.find(
    (folder) => folder !== '' && ['postgres', 'initdb'].every((name) => existsSync(join(folder, name))),
  );
}

/** What `requireExternal` wants to know: the version, or undefined when there is none that can be started here. */
export function postgresVersion(): string | undefined {
  const folder = postgresFolder();
  if (folder === undefined || (isRoot() && serverUser() === undefined)) return undefined;
  return execFileSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' }).trim();
}

export const POSTGRES_MISSING =
  'PostgreSQL is not installed (Debian package postgresql), or there is no user other than root to run it as (setpriv)';

export const isRoot = (): boolean => process.geteuid?.() === 0;

/** PostgreSQL refuses to run as root: whom it runs as then. */
export function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (!existsSync('/usr/bin/setpriv')) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const found = ['postgres', 'nobody'].flatMap((name) => users.filter((user) => user[0] === name))[0];
  return found === undefined ? undefined : { uid: Number(found[2]), gid: Number(found[3]) };
}

/** The command line that runs `program` as a user that PostgreSQL accepts; `setpriv` becomes the program, so its pid is the server's. */
export function asServerUser(program: string, args: readonly string[]): readonly [string, readonly string[]] {
  const user = isRoot() ? serverUser() : undefined;
  if (user === undefined) return [program, args];
  return [
    '/usr/bin/setpriv',
    [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--no-new-privs', '--', program, ...args],
  ];
}
