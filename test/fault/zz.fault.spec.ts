import { setTimeout as delay } from 'node:timers/promises';
import { Chance } from '../servers/random.js';
import { checkAllCiphertexts, checkFacts } from './check.js';
import { BadDisk } from './disk/bad-disk.js';
import { Facts } from './facts.js';
import { runClients } from './load.js';
it('kills', async () => {
  const disk = await BadDisk.start();
  const facts = new Facts();
  const load = runClients(disk.server, facts, new Chance(1), 8);
  await disk.forgetful(['journal', 'anchor']);
  await Promise.race([delay(1000), load]);
  await disk.cutPower(77);
  await load;
  process.stderr.write(`${facts.acknowledged.length}\n`);
  await disk.dispose();
}, 200000);
