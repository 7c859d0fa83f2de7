import { cliRig } from '../../../../test/support/cli/rig.js';
import { RECORD } from '../../../../test/support/cli/samples.js';

const rig = cliRig();

describe('claviger audit search', () => {
  it('answers "who decrypted what on Tuesday between 3 and 4" in one line', async () => {
    rig.reply = () => ({ body: { items: [RECORD], next: null, complete: true, behind: null } });
    expect(
      await rig.claviger(
        'audit',
        'search',
        '--key',
        'alias/orders',
        '--operation',
        'Decrypt',
        '--since',
        'tuesday 03:00',
        '--until',
        '04:00',
      ),
    ).toBe(0);
    expect(rig.asked()).toEqual([
      'GET /api/v1/audit?key=alias/orders&operation=Decrypt&from=2026-11-24T03:00:00.000Z&to=2026-11-24T04:00:00.000Z',
    ]);
    expect(rig.io.stdout).toBe(
      [
        'TIME (UTC)           WHO         OPERATION  RESULT   KEY           VERSION  FROM      CONTEXT',
        '2026-11-24 03:12:09  orders-app  Decrypt    success  alias/orders        2  10.1.2.3  tenant=42',
        '',
      ].join('\n'),
    );
  });

  it('passes on every filter', async () => {
    rig.reply = () => ({ body: { items: [], next: null, complete: true, behind: null } });
    await rig.claviger(
      'audit',
      'search',
      '--version',
      '2',
      '--principal',
      'p',
      '--result',
      'DENIED',
      '--source',
      '10.*',
      '--request',
      'r',
      '--context',
      'a=b=c',
      '--context',
      'd=e',
      '--oldest',
      '--limit',
      '7',
    );
    expect(rig.asked()).toEqual([
      'GET /api/v1/audit?version=2&principal=p&result=denied&source=10.*&request=r&order=oldest&limit=7&context.a=b=c&context.d=e',
    ]);
    expect(rig.io.stdout).toBe('No such call is on record.\n');
  });

  it('shows what is told of one operation alone', async () => {
    const extra = { set: 'tvgn2wq8', share: 5 };
    const items = [{ ...RECORD, operation: 'Unseal', context: {}, extra }];
    rig.reply = () => ({ body: { items, next: null, complete: true, behind: null } });
    expect(await rig.claviger('audit', 'search', '--operation', 'Unseal')).toBe(0);
    expect(rig.io.stdout).toMatch(/DETAILS\n.*set=tvgn2wq8 share=5\n$/);
  });

  it('says when not everything was looked at', async () => {
    rig.reply = () => ({
      body: {
        items: [
          { ...RECORD, principal: null, principalName: null, error: 'Unauthenticated', result: 'denied', calls: 12 },
        ],
        next: null,
        complete: false,
        behind: { journal: 3, store: '0' },
      },
    });
    expect(await rig.claviger('audit', 'search')).toBe(0);
    expect(rig.io.stderr).toMatch(/the newest 3 entries/);
    expect(rig.io.stdout).toMatch(/\(unknown\) {2}Decrypt {4}denied: Unauthenticated/);
  });
});

describe('operating the service', () => {
  const STATUS = {
    profile: 'embedded',
    role: 'all',
    node: 'n',
    account: '0',
    regions: ['us-east-1'],
    seal: 'keyfile',
    hsm: 'software',
    token: null,
    notReady: [] as string[],
    store: { position: '24' },
    journal: { head: 5, writable: true },
    keyState: { position: '24', behind: '0', following: true },
    auditView: { behindJournal: 0, behindStore: 0 },
    outOfUse: 0,
    holds: [] as object[],
  };

  it('status ends with 1 when calls cannot be served, and says why', async () => {
    rig.reply = () => ({ body: STATUS });
    expect(await rig.claviger('status')).toBe(0);
    expect(rig.io.stdout).toMatch(/^ready +yes\n/);
    rig.io.stdout = '';
    const holds = [{ kind: 'anchor', stops: 'use', findings: ['The journal ends at entry 3.'] }];
    rig.reply = () => ({ body: { ...STATUS, notReady: ['sealed'], holds, outOfUse: 2 } });
    expect(await rig.claviger('status')).toBe(1);
    expect(rig.io.stdout).toMatch(/^ready +no\n +sealed\n/);
    expect(rig.io.stdout).toMatch(/anchor: use waits\n +The journal ends at entry 3\./);
  });

  it('status shows the token, why it does not answer, and what it lacks', async () => {
    const token = {
      label: 'vault',
      serial: '01',
      state: { kind: 'ready' },
      lacks: ['RSAES_OAEP_SHA_256 with RSA_2048'],
    };
    rig.reply = () => ({ body: { ...STATUS, token } });
    expect(await rig.claviger('status')).toBe(0);
    expect(rig.io.stdout).toMatch(
      /keys kept by +software \(SOFTWARE\)\n +token vault, serial 01 \(HSM\)\n +lacks RSAES_OAEP_SHA_256 with RSA_2048\n/,
    );
    rig.io.stdout = '';
    const away = { label: 'vault', serial: null, state: { kind: 'unavailable', why: 'it was unplugged' }, lacks: [] };
    rig.reply = () => ({ body: { ...STATUS, token: away } });
    expect(await rig.claviger('status')).toBe(0);
    expect(rig.io.stdout).toMatch(/ +token vault \(HSM\): does not answer: it was unplugged\n/);
  });

  it('account shows what keys get by default, and set-defaults sends what was named alone', async () => {
    const defaults = { environment: 'dev', dataClass: 'internal', protectionLevel: 'HSM' };
    rig.reply = () => ({ body: { account: '000000000000', defaults, createdAt: '2026-11-01T00:00:00.000Z' } });
    expect(await rig.claviger('account', 'set-defaults', '--protection-level', 'HSM')).toBe(0);
    expect(rig.service.asked[0]).toMatchObject({
      method: 'PUT',
      url: '/api/v1/account/defaults',
      body: { protectionLevel: 'HSM' },
    });
    rig.io.stdout = '';
    expect(await rig.claviger('account', 'show')).toBe(0);
    expect(rig.io.stdout).toMatch(/account +000000000000\n[^]*protection level HSM\n$/);
    expect(await rig.claviger('account', 'set-defaults')).toBe(2);
    expect(await rig.claviger('account', 'set-defaults', '--protection-level', 'TPM')).toBe(2);
    expect(rig.service.asked).toHaveLength(2);
  });

  it('doctor ends with 1 only when there is a problem', async () => {
    const note = { severity: 'note', check: 'seal', subject: 'keyfile', message: 'A file.', advice: null };
    rig.reply = () => ({ body: { versions: 3, material: 3, findings: [note] } });
    expect(await rig.claviger('doctor')).toBe(0);
    expect(rig.io.stdout).toMatch(/Looked at 3 versions of keys and 3 pieces of material: nothing is wrong\.\n$/);
    rig.reply = () => ({
      body: {
        versions: 3,
        material: 2,
        findings: [{ ...note, severity: 'problem', check: 'material', advice: 'Restore it.' }, note],
      },
    });
    expect(await rig.claviger('doctor')).toBe(1);
    expect(rig.io.stdout).toMatch(/PROBLEM {2}material: keyfile\n {9}A file\.\n {9}Restore it\.\n/);
  });

  it('operator report shows the line that accepts it, and accept sends it with the reason', async () => {
    const report = 'a'.repeat(64);
    rig.reply = ({ method }) => ({
      body: {
        report,
        holds: method === 'GET' ? [{ kind: 'clock', stops: 'destruction', findings: ['It is late.'] }] : [],
      },
    });
    expect(await rig.claviger('operator', 'report')).toBe(0);
    expect(rig.io.stdout).toMatch(new RegExp(`claviger operator accept --report ${report} --reason`));
    expect(await rig.claviger('operator', 'accept', '--report', report, '--reason', 'checked')).toBe(0);
    expect(rig.service.asked[1]).toMatchObject({ body: { report }, headers: { 'x-claviger-reason': 'checked' } });
  });

  it('rebuild waits for the end, shows progress to who watches, and fails when it failed', async () => {
    let left = 3;
    rig.io.watched = true;
    rig.reply = () => ({
      body: { view: 'audit-view', state: (left -= 1) > 0 ? 'running' : 'done', done: 3 - left, of: 3 },
    });
    expect(await rig.claviger('rebuild', 'audit-view')).toBe(0);
    expect(rig.asked()).toEqual([
      'POST /api/v1/rebuild/audit-view',
      'GET /api/v1/rebuild/audit-view',
      'GET /api/v1/rebuild/audit-view',
    ]);
    expect([rig.io.slept, rig.io.stderr.includes('33 %'), rig.io.stdout]).toEqual([
      500,
      true,
      'audit-view was built anew.\n',
    ]);
    rig.reply = () => ({ body: { view: 'audit-view', state: 'failed', done: 0, of: 3 } });
    expect(await rig.claviger('rebuild', 'audit-view')).toBe(1);
    rig.reply = () => ({ body: { view: 'audit-view', state: 'running', done: 0, of: 3 } });
    expect(await rig.claviger('rebuild', 'audit-view', '--no-wait')).toBe(0);
  });
});
