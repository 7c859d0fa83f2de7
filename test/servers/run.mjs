// Runs test code outside of jest: `node test/servers/run.mjs <path of a .ts file below test/, without its suffix> [arguments]`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pinnedNode, root } from '../../scripts/paths.mjs';

const build = spawnSync(pinnedNode(), [join(root, 'test', 'servers', 'build.mjs')], { cwd: root, encoding: 'utf8' });
if (build.status !== 0) {
  process.stderr.write(build.stderr);
  process.exit(1);
}
const [, , path, ...args] = process.argv;
const file = join(build.stdout.trim(), 'test', `${path}.js`);
process.argv = [process.argv[0], file, ...args];
await import(pathToFileURL(file).href);
