// After npm ci: `npx claviger` finds the CLI in node_modules/.bin. Without the link npx works too, but installs the
// clone into its cache first and repeats engine warnings under an older system Node.
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

const folder = join(root, 'node_modules', '.bin');
if (process.platform !== 'win32' && existsSync(folder)) {
  const link = join(folder, 'claviger');
  rmSync(link, { force: true });
  symlinkSync(join('..', '..', 'scripts', 'claviger.mjs'), link);
}
