import { setTimeout as delay } from 'node:timers/promises';
import { startTestServer } from '@claviger/testing';
import { Chance } from '../servers/random.js';
import { checkAllCiphertexts, checkFacts } from './check.js';
import { Facts } from './facts.js';
import { runClients } from './load.js';
it('kills', async () => {
  const server = await startTestServer();
  const chance = new Chance(1);
  const facts = new Facts();
  for (let kill = 1; kill <= 5; kill += 1) {
    const load = runClients(server, facts, chance, 8);
    await Promise.race([delay(chance.below(1500, 100)), load]);
    await server.kill();
    await load;
    const n = facts.acknowledged.length;
    const t = performance.now();
    await server.restart();
    const t2 = performance.now();
    const findings = await checkFacts(server, facts);
    process.stderr.write(`acked ${n} keys ${facts.keys.length} restart ${(t2 - t).toFixed(0)} check ${(performance.now() - t2).toFixed(0)} findings ${findings.length} ${findings.slice(0, 4).join('\n')}\n`);
  }
  process.stderr.write(JSON.stringify(await checkAllCiphertexts(server, facts)));
  await server.stop();
  await server.dispose();
}, 200000);
