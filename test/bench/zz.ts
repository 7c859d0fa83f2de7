import { mkdtempSync } from 'node:fs';
import { startClaviger } from './contender.js';
import { measured } from './throughput.js';
const dir = process.argv[2]!;
const s = await startClaviger('claviger', { nodeArguments: ['--cpu-prof', `--cpu-prof-dir=${dir}`] });
const folder = mkdtempSync('/tmp/zzb-');
for (let i = 0; i < 3; i++) console.log(JSON.stringify(await measured(s, 'Encrypt', 64, { folder, seconds: 4 })));
await s.stop().catch(String);
