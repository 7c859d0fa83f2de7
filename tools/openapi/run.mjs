// npm run openapi: writes docs/openapi.json from the controllers of the admin API.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode, root } from '../../scripts/paths.mjs';
import { openApiText } from './document.ts';

// The controllers have decorators, which Node does not strip: they are taken from the build.
const build = spawnSync(pinnedNode(), [join(root, 'scripts', 'build.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
if (build.status !== 0) process.exit(build.status ?? 1);
const admin = await import(join(root, build.stdout.toString().trim(), 'libs', 'protocols', 'admin', 'src', 'index.js'));

const file = join(root, 'docs', 'openapi.json');
mkdirSync(join(root, 'docs'), { recursive: true });
writeFileSync(file, await openApiText(admin));
process.stdout.write(`${file}\n`);
