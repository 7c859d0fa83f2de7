import { setTimeout as delay } from 'node:timers/promises';
import { notRun } from '../support/external.js';
import { Progress } from '../bench/progress.js';
import { Chance } from '../servers/random.js';
import { checkFacts } from './check.js';
import { BadDisk } from './disk/bad-disk.js';
import { Facts } from './facts.js';
import { shortOrLong } from './length.js';
import { runClients } from './load.js';
import { verifyJournal } from './verify-journal.js';

const CUTS = shortOrLong(3, 50);
const CLIENTS = 8;
const SEED = 7;

const onLinux = process.platform === 'linux';
if (!onLinux) notRun('power cuts', 'what was not synced is undone by path, which needs /proc');
const suite = onLinux ? describe : describe.skip;

/** kill -9 loses nothing that was written. A power cut loses what was not synced: only this shows a sync that is missing. */
suite('a power cut under load', () => {
  let disk: BadDisk;

  beforeAll(async () => {
    disk = await BadDisk.start();
  }, 60_000);
  afterAll(() => disk.dispose());

  //
  it(
    `loses no record of an answered call, though any part of what was not synced is gone (${CUTS} times)`,
    async () => {
      const { server } = disk;
      const chance = new Chance(SEED);
      const facts = new Facts();
      const progress = new Progress('power cuts', CUTS);
      for (let cut = 1; cut <= CUTS; cut += 1) {
        await disk.forgetful(['journal', 'anchor']);
        const load = runClients(server, facts, chance, CLIENTS);
        await Promise.race([delay(chance.below(2_000, 500)), load]);
        await disk.cutPower(chance.below(2 ** 31));
        await load;
        await server.restart();
        expect((await checkFacts(server, facts)).slice(0, 10)).toEqual([]);
        progress.step();
      }
      await server.stop();
      const { code, text } = await verifyJournal(server);
      expect({ code, text: code === 0 ? '' : text }).toEqual({ code: 0, text: '' });
    },
    CUTS * 20_000 + 60_000,
  );
});
