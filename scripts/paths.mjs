// Where things are. Plain Node 20: these scripts also run under the system's Node, before the pinned one is known.
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** The Node that `npm ci` brought, or the running one where no pinned build exists (the image, an unlisted platform). */
export function pinnedNode() {
  const names = process.platform === 'win32' ? ['node.exe', 'node.cmd', 'node'] : ['node'];
  const found = names.map((name) => join(root, 'node_modules', '.bin', name)).find((path) => existsSync(path));
  return found ?? process.execPath;
}

/** The JavaScript file behind a tool's command, so that it can be started with a Node of our choice and without a shell. */
export function toolFile(...parts) {
  return join(root, 'node_modules', ...parts);
}
