import { startTestServer, type TestServer } from '@claviger/testing';
import { Progress } from '../bench/progress.js';
import { Chance } from '../servers/random.js';
import { checkAllCiphertexts, checkFacts } from './check.js';
import { Facts } from './facts.js';
import { shortOrLong } from './length.js';
import { busyFor, killWhileStarting } from './kill.js';
import { runClients } from './load.js';
import { verifyJournal } from './verify-journal.js';

const KILLS = shortOrLong(5, 100);
const CLIENTS = 8;
const SEED = Number(process.env['FAULT_SEED'] ?? 20_260_131);
/** The journal is verified offline after so many kills, and at the end. */
const VERIFY_EVERY = shortOrLong(5, 10);

describe('kill -9 at random moments under load', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  }, 60_000);
  afterAll(() => server.dispose());

  //
  it(
    `loses nothing that was acknowledged and leaves nothing half there, ${KILLS} times (seed ${SEED})`,
    async () => {
      const chance = new Chance(SEED);
      const facts = new Facts();
      const progress = new Progress('kills', KILLS);
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const load = runClients(server, facts, chance, CLIENTS);
        await Promise.race([busyFor(facts, chance), load]);
        await server.kill();
        await load;
        // Starting is work too, and may be cut off as well.
        if (chance.next() < 0.25) await killWhileStarting(server, chance);
        if (kill % VERIFY_EVERY === 0) await expectVerified(server);
        await server.restart();
        const findings = await checkFacts(server, facts);
        expect(findings.slice(0, 10)).toEqual([]);
        progress.step();
      }
      const { findings, decrypted } = await checkAllCiphertexts(server, facts);
      expect(findings.slice(0, 10)).toEqual([]);
      expect(decrypted).toBeGreaterThan(KILLS);
      await server.stop();
      await expectVerified(server);
      process.stderr.write(`kills: ${KILLS}, keys ${facts.keys.length}, ciphertexts ${decrypted}, all decrypted\n`);
    },
    KILLS * 20_000 + 60_000,
  );
});

async function expectVerified(server: TestServer): Promise<void> {
  const { code, text } = await verifyJournal(server);
  expect({ code, text: code === 0 ? '' : text }).toEqual({ code: 0, text: '' });
}
