import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cliRig } from '../../../../../test/support/cli/rig.js';
import type { Asked, Reply } from '../../../../../test/support/cli/fake-service.js';

const rig = cliRig();
const PROGRESS = { set: 'abcd1234', shares: 5, threshold: 3, given: [1], missing: 2 };
const sealed = (shares: object | null): object => ({
  kind: shares === null ? 'passphrase' : 'shares',
  state: 'sealed',
  shares,
  rekey: null,
});
const UNAUTHENTICATED: Reply = { status: 401, body: { status: 401, detail: 'A valid bearer token is required.' } };
const NONE = {
  step: 'none',
  from: null,
  to: null,
  startedAt: null,
  done: 0,
  of: 0,
  settledAt: null,
  unreadable: [],
  problem: null,
};
const CHANGE = { ...NONE, from: '0123456789abcdef', to: 'fedcba9876543210', startedAt: '2026-11-26T14:00:00.000Z' };

/** The status first, then whatever is asked. */
const replies =
  (status: object, then: object = {}) =>
  (asked: Asked): Reply => ({ body: asked.method === 'GET' ? status : then });
const bodies = (): readonly unknown[] =>
  rig.service.asked.filter(({ method }) => method === 'POST').map(({ body }) => body);

describe('claviger operator, before a sealed service', () => {
  beforeEach(() => {
    delete rig.io.env['CLAVIGER_TOKEN'];
  });

  it('tells how it stands and what is to be done next, without a token', async () => {
    rig.reply = () => ({ body: sealed(PROGRESS) });
    expect(await rig.claviger('operator', 'status')).toBe(1);
    expect(rig.io.stdout).toMatch(/^seal +shares, sealed$/m);
    expect(rig.io.stdout).toMatch(/^given +1 of 3 shares given \(1\), 2 missing$/m);
    expect(rig.io.stdout).toContain('2 more of the shares abcd1234 are needed');
    expect(rig.service.asked.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('gives a share that was typed, and says how many are missing', async () => {
    rig.io.typed = ['clavigershare1-secret'];
    rig.reply = replies(sealed(PROGRESS), sealed({ ...PROGRESS, given: [1, 2], missing: 1 }));
    expect(await rig.claviger('operator', 'unseal')).toBe(0);
    expect([bodies(), rig.io.prompts]).toEqual([[{ share: 'clavigershare1-secret' }], ['A share of the set abcd1234']]);
    expect(rig.io.stdout).toContain('Taken: 2 of 3 shares given (1, 2), 1 missing.');
    expect(rig.io.stdout + rig.io.stderr).not.toContain('secret');
  });

  it('takes secrets from files and file descriptors', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'claviger-cli-seal-'));
    const file = join(folder, 'secret');
    writeFileSync(file, 'the passphrase\r\n');
    const fd = openSync(file, 'r');
    try {
      rig.reply = replies(sealed(null), { kind: 'passphrase', state: 'starting', shares: null, rekey: null });
      expect(await rig.claviger('operator', 'unseal', '--passphrase-file', file)).toBe(0);
      expect(await rig.claviger('operator', 'unseal', '--passphrase-fd', String(fd))).toBe(0);
      expect(bodies()).toEqual([{ passphrase: 'the passphrase' }, { passphrase: 'the passphrase' }]);
      expect(rig.io.prompts).toEqual([]);
      expect(rig.io.stdout).toContain('The seal is open. The service is starting.');
    } finally {
      closeSync(fd);
      rmSync(folder, { recursive: true });
    }
  });

  it('shows the refusal of a share as the service words it', async () => {
    rig.io.typed = ['x'];
    rig.reply = ({ method }) =>
      method === 'GET'
        ? { body: sealed(PROGRESS) }
        : {
            status: 400,
            body: {
              status: 400,
              detail: 'Share 2 of the set abcd1234 is not the one that was handed out.',
              reason: 'wrong-share',
            },
          };
    expect(await rig.claviger('operator', 'unseal')).toBe(1);
    expect(rig.io.stderr).toContain('Share 2 of the set abcd1234 is not the one that was handed out.');
  });

  it('forgets the shares given so far', async () => {
    rig.reply = replies(sealed(PROGRESS), sealed({ ...PROGRESS, given: [], missing: 3 }));
    expect(await rig.claviger('operator', 'unseal', '--forget')).toBe(0);
    expect(rig.asked()).toEqual(['GET /api/v1/operator/seal', 'POST /api/v1/operator/unseal/forget']);
    expect(rig.io.stdout).toMatch(/^Forgotten\. 3 more/);
  });

  it('says that there is nothing to do when the service is open, and that it is made once', async () => {
    rig.reply = () => UNAUTHENTICATED;
    expect(await rig.claviger('operator', 'unseal')).toBe(0);
    expect(await rig.claviger('operator', 'status')).toBe(0);
    expect(rig.io.stdout).toBe(
      'The seal is open already. Nothing to do.\nThe seal is open. With a token (CLAVIGER_TOKEN) there is more to see.\n',
    );
    expect(await rig.claviger('operator', 'init')).toBe(1);
    expect(rig.io.stderr).toContain('It is made once, and never anew.');
  });

  it('makes the root key under shares, and shows them once', async () => {
    const made = {
      seal: sealed({ ...PROGRESS, shares: 3, threshold: 2, given: [], missing: 2 }),
      shares: ['share-1', 'share-2', 'share-3'],
    };
    rig.reply = replies({ kind: 'shares', state: 'not-initialised', shares: null, rekey: null }, made);
    expect(await rig.claviger('operator', 'init', '--shares', '3', '--threshold', '2')).toBe(0);
    expect(bodies()).toEqual([{ shares: 3, threshold: 2 }]);
    expect(rig.io.stdout).toMatch(/^3 shares; any 2 of them open the seal\./);
    expect(rig.io.stdout).toContain('\nshare-1\nshare-2\nshare-3\n');
    expect(await rig.claviger('--json', 'operator', 'init', '--shares', '3', '--threshold', '2')).toBe(0);
  });

  it('makes it under a passphrase that is typed twice alike', async () => {
    const made = { seal: { kind: 'passphrase', state: 'starting', shares: null, rekey: null }, shares: null };
    rig.reply = replies({ kind: 'passphrase', state: 'not-initialised', shares: null, rekey: null }, made);
    rig.io.typed = ['a good passphrase', 'a good passphrose'];
    expect(await rig.claviger('operator', 'init')).toBe(2);
    expect([bodies(), rig.io.stderr]).toEqual([[], expect.stringContaining('The two are not the same.')]);
    rig.io.typed = ['a good passphrase', 'a good passphrase'];
    expect(await rig.claviger('operator', 'init')).toBe(0);
    expect(bodies()).toEqual([{ passphrase: 'a good passphrase' }]);
  });

  it.each([
    [
      ['init', '--shares', '3', '--threshold', '4'],
      { kind: 'shares', state: 'not-initialised' },
      /--threshold must be at most --shares/,
    ],
    [['init', '--passphrase-file', '/x'], { kind: 'shares', state: 'not-initialised' }, /opens by shares/],
    [['init', '--shares', '3'], { kind: 'passphrase', state: 'not-initialised' }, /there are no shares/],
    [['unseal', '--passphrase-fd', '3'], { ...sealed(PROGRESS) }, /opens by shares: use --share-file or --share-fd/],
    [['unseal', '--share-file', '/x'], { ...sealed(null) }, /opens by a passphrase/],
    [
      ['unseal', '--share-file', '/nowhere/x'],
      { ...sealed(PROGRESS) },
      /--share-file \/nowhere\/x cannot be read \(ENOENT\)/,
    ],
  ])('ends with 2 and gives nothing when it does not fit: %j', async (args, status, message) => {
    rig.reply = () => ({ body: { shares: null, rekey: null, ...status } });
    expect(await rig.claviger('operator', ...args)).toBe(2);
    expect([bodies(), rig.io.stderr]).toEqual([[], expect.stringMatching(message)]);
  });

  it('sends nothing that opens the root key over a wire that others can read', async () => {
    expect(await rig.claviger('operator', 'unseal', '--url', 'http://kms.example:7070')).toBe(2);
    expect(rig.io.stderr).toContain('is not encrypted');
  });
});

describe('claviger operator, before a service that runs', () => {
  it('seals it, and says what comes then', async () => {
    rig.reply = replies({ kind: 'shares', state: 'unsealed', shares: null, rekey: null });
    expect(await rig.claviger('operator', 'seal', '--reason', 'INC-7')).toBe(0);
    expect(rig.asked()).toEqual(['GET /api/v1/operator/seal', 'POST /api/v1/operator/seal']);
    expect(rig.io.stdout).toContain('is sealed when it starts again');
  });

  it('changes a passphrase', async () => {
    rig.reply = replies({ kind: 'passphrase', state: 'unsealed', shares: null, rekey: null });
    rig.io.typed = ['present one', 'the next one', 'the next one'];
    expect(await rig.claviger('operator', 'rekey')).toBe(0);
    expect(bodies()).toEqual([{ present: 'present one', next: 'the next one' }]);
  });

  it('takes a rekey of shares step by step', async () => {
    const open = { kind: 'shares', state: 'unsealed', shares: null, rekey: null };
    rig.reply = replies(open, {
      rekey: { step: 'authorising', ...PROGRESS, given: [], missing: 3 },
      newShares: null,
      done: false,
    });
    expect(await rig.claviger('operator', 'rekey')).toBe(2);
    expect(rig.io.stderr).toContain('No rekey is under way. Begin one');
    expect(await rig.claviger('operator', 'rekey', '--shares', '5')).toBe(2);
    expect(await rig.claviger('operator', 'rekey', '--shares', '5', '--threshold', '3')).toBe(0);
    const rekeying = { ...open, rekey: { step: 'authorising', ...PROGRESS } };
    const confirming = { step: 'confirming', set: 'new12345', shares: 2, threshold: 2, given: [], missing: 2 };
    rig.reply = replies(rekeying, { rekey: confirming, newShares: ['fresh-1', 'fresh-2'], done: false });
    rig.io.typed = ['a present share'];
    expect(await rig.claviger('operator', 'rekey')).toBe(0);
    expect(rig.io.stdout).toContain('\nfresh-1\nfresh-2\n');
    expect(rig.io.stdout).toContain('They count once 2 of them were given back');
    rig.reply = replies({ ...open, rekey: confirming }, { rekey: null, newShares: null, done: true });
    rig.io.typed = ['fresh-1'];
    expect(await rig.claviger('operator', 'rekey')).toBe(0);
    expect(rig.io.prompts).toEqual(['A present share, of the set abcd1234', 'A new share, of the set new12345']);
    expect(rig.io.stdout).toContain('The new shares count from now on.');
    expect(bodies()).toEqual([{ shares: 5, threshold: 3 }, { share: 'a present share' }, { share: 'fresh-1' }]);
  });

  it('exchanges the root key, with a bar while somebody watches, and says that the rest goes on by itself', async () => {
    rig.io.watched = true;
    let asked = 0;
    rig.reply = () => {
      asked += 1;
      if (asked < 3) return { body: { ...CHANGE, step: 'running', done: asked * 10, of: 40 } };
      return { body: { ...CHANGE, step: 'settling', done: 40, of: 40, settledAt: '2026-11-26T14:31:00.000Z' } };
    };
    expect(await rig.claviger('operator', 'rotate-root', '--reason', 'yearly')).toBe(0);
    expect(rig.io.stderr).toContain('wrapping anew [########......................] 25 %');
    expect(rig.io.stdout).toMatch(/^root key +0123456789abcdef becomes fedcba9876543210/m);
    expect(rig.io.stdout).toContain('It goes on by itself');
  });

  it('names what holds an exchange up, and gives it up when it is told to', async () => {
    rig.reply = () => ({ body: { ...CHANGE, step: 'held-up', unreadable: ['0198a000-0000-8000-8000-000000000001'] } });
    expect(await rig.claviger('operator', 'rotate-root')).toBe(1);
    expect(rig.io.stderr).toContain('0198a000-0000-8000-8000-000000000001');
    rig.reply = () => ({ body: { ...CHANGE, step: 'finished' } });
    expect(await rig.claviger('operator', 'rotate-root', '--accept-unreadable', 'a', '--accept-unreadable', 'b')).toBe(
      0,
    );
    expect(bodies()).toEqual([{}, { acceptUnreadable: ['a', 'b'] }]);
  });

  it('shows an exchange of the root key in its status', async () => {
    rig.reply = ({ url }) => ({
      body: url.includes('rotate-root')
        ? { ...CHANGE, step: 'settling', settledAt: '2026-11-26T14:31:00.000Z' }
        : { kind: 'shares', state: 'unsealed', shares: null, rekey: null },
    });
    expect(await rig.claviger('operator', 'status')).toBe(0);
    expect(rig.io.stdout).toContain('a last pass follows at 2026-11-26 14:31:00');
  });
});
