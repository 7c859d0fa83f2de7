import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSharesSeal, openSharesSeal } from '@claviger/adapters/seal-shares';
import { SecretBytes } from '@claviger/crypto';
import { JsonLogger } from '@claviger/platform';
import { FakeClock } from '@claviger/testing';
import type { ClosedSeal } from '../profiles/seal.js';
import { FirstStartRefused } from '../profiles/seal-errors.js';
import { SealGate, type Visitor } from './seal-gate.js';

const bytes = (text: string): SecretBytes => SecretBytes.take(new TextEncoder().encode(text));
const visitor = (n: number, token: SecretBytes | null = null): Visitor => ({
  requestId: `request-${n}`,
  source: { address: `192.0.2.${n}`, userAgent: null },
  token,
  reason: null,
});

describe('the gate before a sealed service', () => {
  let folder: string;
  let lines: string[];
  let shares: readonly string[];
  let gate: SealGate;
  const clock = new FakeClock();
  const logger = new JsonLogger({ clock, level: 'debug', sink: (line) => lines.push(line) });
  const place = () => ({
    path: join(folder, 'seal', 'root.seal'),
    dataFolder: join(folder, 'data'),
    random: randomBytes,
  });
  const gateOf = (found: ClosedSeal): SealGate => new SealGate(found, clock, logger);
  const notMade = (): ClosedSeal => ({
    state: 'not-initialised',
    kind: 'shares',
    init: async (plan) => ({ shares: await createSharesSeal(plan, place()), seal: openSharesSeal(place()) }),
  });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-gate-'));
    lines = [];
    gate = gateOf(notMade());
    shares = (await gate.initByShares(visitor(1), { shares: 4, threshold: 3 })).shares ?? [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const given = (index: number, by: Visitor): Promise<unknown> => gate.unseal(by, bytes(shares[index - 1] ?? ''));

  it('remembers which share everybody gave, also when they come at once', async () => {
    await Promise.all([given(3, visitor(13)), given(1, visitor(11)), given(4, visitor(14))]);
    expect((await gate.opened).status()).toBe('unsealed');
    expect(gate.view().state).toBe('starting');
    expect(gate.tries.all().map(({ operation, source, share }) => [operation, source.address, share?.index])).toEqual([
      ['InitSeal', '192.0.2.1', undefined],
      ['Unseal', '192.0.2.13', 3],
      ['Unseal', '192.0.2.11', 1],
      ['Unseal', '192.0.2.14', 4],
    ]);
  });

  it('puts nobody on record for what comes once it is open, and keeps no token of theirs', async () => {
    for (const index of [1, 2, 3]) await given(index, visitor(index));
    const before = gate.tries.all().length;
    const token = bytes('clv_some-token-that-nobody-needs');
    await gate.unseal(visitor(9, token), bytes('nonsense'));
    await gate.forget(visitor(10));
    expect(gate.tries.all()).toHaveLength(before);
    expect(() => token.use(() => undefined)).toThrow(/wiped/);
  });

  it('keeps the token of who gave a share until it is recorded, and of nobody who has to wait', async () => {
    const [kept, dropped] = [bytes('clv_the-token-of-an-operator'), bytes('clv_the-token-of-a-stranger')];
    await given(1, visitor(1, kept));
    expect(kept.use(() => 'alive')).toBe('alive');
    for (let n = 0; n < 5; n += 1) await gate.unseal(visitor(9), bytes('nonsense')).catch(() => undefined);
    await expect(gate.unseal(visitor(9, dropped), bytes('nonsense'))).rejects.toMatchObject({ kind: 'Throttled' });
    expect(() => dropped.use(() => undefined)).toThrow(/wiped/);
  });

  it('makes a root key once, also when two come at once, and again only when the first could not', async () => {
    rmSync(join(folder, 'seal'), { recursive: true });
    const fresh = gateOf(notMade());
    const plan = { shares: 2, threshold: 2 };
    const made = await Promise.allSettled([fresh.initByShares(visitor(1), plan), fresh.initByShares(visitor(2), plan)]);
    expect(made).toMatchObject([{ status: 'fulfilled' }, { status: 'rejected', reason: { kind: 'AlreadyExists' } }]);
    await expect(fresh.initByShares(visitor(3), plan)).rejects.toMatchObject({ kind: 'AlreadyExists' });

    let tries = 0;
    const failing = gateOf({
      ...notMade(),
      init: async () => {
        tries += 1;
        throw new FirstStartRefused('there is data');
      },
    } as ClosedSeal);
    for (const n of [1, 2]) {
      await expect(failing.initByShares(visitor(n), plan)).rejects.toMatchObject({
        kind: 'AlreadyExists',
        message: 'there is data',
      });
    }
    expect([tries, failing.view().state, failing.tries.all()]).toEqual([2, 'not-initialised', []]);
  });

  it('writes no share and no token into the log', async () => {
    await given(1, visitor(1, bytes('clv_the-token-of-an-operator')));
    await given(1, visitor(1)).catch(() => undefined);
    await gate.unseal(visitor(2), bytes(`${shares[1]?.slice(0, -1)}?`)).catch(() => undefined);
    expect(lines.length).toBeGreaterThan(2);
    for (const share of shares) expect(lines.join('')).not.toContain(share.slice(-40, -1));
    expect(lines.join('')).not.toContain('clv_');
  });
});
