import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Pkcs11Hsm, Pkcs11SettingsError } from '@claviger/adapters/hsm-pkcs11';
import { InMemoryMetrics, JsonLogger } from '@claviger/platform';
import { HsmUnavailable } from '@claviger/ports';
import { FakeClock } from '@claviger/testing';
import { TokenRefused, WatchedToken } from './token.js';

type Outcome = Error | 'there';

let folder: string;
let pinFile: string;
let log: string[];
let clock: FakeClock;
let metrics: InMemoryMetrics;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'claviger-token-'));
  pinFile = join(folder, 'pin');
  writeFileSync(pinFile, '1234\n');
  log = [];
  clock = new FakeClock();
  metrics = new InMemoryMetrics();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A token that is found, or not, as `outcomes` says; the last one stays. */
function watched(...outcomes: readonly [Outcome, ...Outcome[]]) {
  let tries = 0;
  const hsm = { state: { kind: 'ready' }, token: { label: 'vault', serial: '1' }, checks: 0, closed: false };
  const opened = Object.assign(hsm, {
    checkDevice: async () => {
      hsm.checks += 1;
      return hsm.state;
    },
    close: async () => void (hsm.closed = true),
  }) as unknown as Pkcs11Hsm;
  const token = WatchedToken.open({
    settings: { module: 'm.so', tokenLabel: 'vault', tokenSerial: null, pinFile, sessions: 1 },
    random: (length) => new Uint8Array(length),
    clock,
    logger: new JsonLogger({ clock, level: 'debug', sink: (line) => void log.push(line) }),
    metrics,
    openToken: async () => {
      const outcome = outcomes[Math.min(tries, outcomes.length - 1)];
      tries += 1;
      if (outcome instanceof Error) throw outcome;
      return opened;
    },
  });
  return { token, hsm, tries: () => tries };
}

async function seconds(n: number): Promise<void> {
  for (let i = 0; i < n; i += 1) {
    clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const away = new HsmUnavailable('no token is called "vault"');
const refused = new Pkcs11SettingsError('pin', 'the token has refused the PIN');
const gauge = (): string => /^claviger_token_ready (\d)$/m.exec(metrics.render())?.[1] ?? '';

describe('the token of the settings', () => {
  it('that cannot be used as they are ends the start, and the setting is named', async () => {
    await expect(watched(refused).token).rejects.toThrow(
      new TokenRefused('CLAVIGER_PKCS11_PIN_FILE: the token has refused the PIN'),
    );
    const noPackage = new Pkcs11SettingsError('modulePath', 'the package pkcs11js is not installed');
    await expect(watched(noPackage).token).rejects.toThrow(
      'CLAVIGER_PKCS11_MODULE: the package pkcs11js is not installed',
    );
  });

  it('that is away is looked for until it is there, and told of once each way', async () => {
    const { token: opening, hsm } = watched(away, away, away, 'there');
    const token = await opening;
    expect(token.state).toEqual({ kind: 'unavailable', why: away.message });
    expect(() => token.reach()).toThrow(HsmUnavailable);
    expect(gauge()).toBe('0');
    await seconds(7);
    expect(token.state).toEqual({ kind: 'ready' });
    expect(token.reach()).toBe(hsm);
    expect(gauge()).toBe('1');
    expect(log.filter((line) => line.includes('ALERT'))).toHaveLength(1);
    await token.close();
    expect(hsm.closed).toBe(true);
  });

  it('is looked at while nobody uses it', async () => {
    const { token: opening, hsm } = watched('there');
    const token = await opening;
    await seconds(10);
    expect(hsm.checks).toBe(5);
    Object.assign(hsm, { state: { kind: 'unavailable', why: 'unplugged' } });
    await seconds(2);
    expect(token.state).toEqual({ kind: 'unavailable', why: 'unplugged' });
    expect(gauge()).toBe('0');
    await token.close();
    await seconds(10);
    expect(hsm.checks).toBe(6);
  });

  it('that refused a PIN is not asked again before the file is written anew: a few wrong ones lock a token', async () => {
    const { token: opening, tries } = watched(away, refused, 'there');
    const token = await opening;
    await seconds(60);
    expect(tries()).toBe(2);
    expect(token.state).toMatchObject({
      kind: 'unavailable',
      why: expect.stringMatching(/^CLAVIGER_PKCS11_PIN_FILE: /) as string,
    });
    utimesSync(pinFile, 1, 1);
    await seconds(4);
    expect(tries()).toBe(3);
    expect(token.state).toEqual({ kind: 'ready' });
    await token.close();
  });

  it('is looked for again after an error that nobody foresaw', async () => {
    const { token: opening } = watched(away, new Error('surprise'), 'there');
    const token = await opening;
    await seconds(6);
    expect(token.state).toEqual({ kind: 'ready' });
    expect(log.some((line) => line.includes('failed unexpectedly'))).toBe(true);
    await token.close();
  });
});
