// Removes builds that nobody can be using. When in doubt it keeps them: a build is some megabytes, a server that
// loses its files is an outage.
import { readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from './paths.mjs';

const keepNewest = 5;

/** The command line and folder of every process, or undefined where the system does not tell (anything but Linux). */
function processes() {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => {
        try {
          return { pid, args: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') };
        } catch {
          return undefined; // ended meanwhile
        }
      })
      .filter((found) => found !== undefined);
  } catch {
    return undefined;
  }
}

function folderOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/** Names of builds in use; undefined when that cannot be known, e.g. because a server was started through the link. */
function inUse(names) {
  const all = processes();
  if (all === undefined) return undefined;
  const used = new Set();
  for (const { pid, args } of all) {
    for (const arg of args.filter((text) => /(^|\/)dist(-[0-9a-f]+)?\/(apps|libs)\//.test(text))) {
      const cwd = folderOf(pid);
      if (cwd === undefined) return undefined;
      const path = resolve(cwd, arg);
      if (path.startsWith(join(root, 'dist', '/'))) return undefined; // which build the link meant then is not known
      const name = names.find((candidate) => path.startsWith(join(root, candidate, '/')));
      if (name !== undefined) used.add(name);
    }
  }
  return used;
}

export function removeOldBuilds(current) {
  const names = readdirSync(root).filter((name) => /^dist-[0-9a-f]{16}$/.test(name) && name !== current);
  const age = (name) => statSync(join(root, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const old = names.sort((a, b) => age(b) - age(a)).slice(keepNewest - 1);
  if (old.length === 0) return;
  const used = inUse(names);
  if (used === undefined) return;
  for (const name of old.filter((candidate) => !used.has(candidate))) {
    rmSync(join(root, name), { recursive: true, force: true });
  }
}
