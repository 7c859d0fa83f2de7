import { cliRig } from '../../../../../test/support/cli/rig.js';
import { ID, KEY, VERSION } from '../../../../../test/support/cli/samples.js';

const rig = cliRig();

describe('claviger key', () => {
  it('create sends what was given and nothing else, and adds the alias', async () => {
    const args = [
      '--environment',
      'prod',
      '--tag',
      'a=b=c',
      '--use',
      'x',
      '--use',
      'y',
      '--purge-protection',
      '--alias',
      'alias/orders',
    ];
    expect(await rig.claviger('key', 'create', ...args)).toBe(0);
    expect(rig.service.asked.map(({ url, body }) => [url, body])).toEqual([
      [
        '/api/v1/keys',
        {
          usage: 'ENCRYPT_DECRYPT',
          environment: 'prod',
          uses: ['x', 'y'],
          tags: [{ key: 'a', value: 'b=c' }],
          purgeProtection: true,
        },
      ],
      ['/api/v1/aliases', { name: 'alias/orders', key: ID }],
    ]);
    expect(rig.io.stdout).toMatch(/^key id +1234abcd/);
    expect(rig.io.stdout).toMatch(/\naliases +alias\/orders\n/);
  });

  it('create asks for a token, and shows the one that has the key', async () => {
    const token = { label: 'vault', serial: '01', lacks: ['RSAES_OAEP_SHA_256'] };
    rig.reply = () => ({ body: { ...KEY, protectionLevel: 'HSM', token } });
    expect(await rig.claviger('key', 'create', '--protection-level', 'HSM')).toBe(0);
    expect(rig.service.asked[0]?.body).toEqual({ usage: 'ENCRYPT_DECRYPT', protectionLevel: 'HSM' });
    expect(rig.io.stdout).toMatch(
      /protection +HSM\ntoken +vault, serial 01\n +does not offer RSAES_OAEP_SHA_256\nenvironment/,
    );
    expect(await rig.claviger('key', 'create', '--protection-level', 'TPM')).toBe(2);
  });

  it('create names the key that was made when its alias was refused', async () => {
    rig.reply = ({ url }) =>
      url.endsWith('aliases') ? { status: 409, body: { detail: 'taken' } } : { status: 201, body: KEY };
    expect(await rig.claviger('key', 'create', '--alias', 'alias/x')).toBe(1);
    expect(rig.io.stderr).toBe(`claviger: The key ${ID} was made, but without its alias: taken\n`);
  });

  it('list shows a page, and says that there is more', async () => {
    rig.reply = () => ({ body: { items: [KEY], next: 'more' } });
    expect(await rig.claviger('key', 'list', '--environment', 'prod', '--limit', '1')).toBe(0);
    expect(rig.asked()).toEqual(['GET /api/v1/keys?environment=prod&limit=1']);
    expect(rig.io.stdout.split('\n')[1]).toMatch(
      /^1234abcd-\S+ {2}Enabled {2}SYMMETRIC_DEFAULT {8}2 {2}prod {9}internal {2}orders at rest$/,
    );
    expect(rig.io.stderr).toBe('There are more than these 1 keys: --all shows every one.\n');
  });

  it('list --all follows the pages', async () => {
    rig.reply = ({ url }) => ({
      body: { items: [KEY], next: url.includes('cursor=2') ? null : url.includes('cursor') ? '2' : '1' },
    });
    expect(await rig.claviger('key', 'list', '--all', '--json')).toBe(0);
    expect(rig.asked()).toEqual([
      'GET /api/v1/keys?limit=500',
      'GET /api/v1/keys?limit=500&cursor=1',
      'GET /api/v1/keys?limit=500&cursor=2',
    ]);
    expect((JSON.parse(rig.io.stdout) as { items: unknown[] }).items).toHaveLength(3);
    expect(rig.io.stderr).toBe('');
  });

  it('show puts key, aliases and versions together', async () => {
    rig.reply = ({ url }) => ({
      body: url.includes('/versions')
        ? { key_id: ID, versions: [VERSION] }
        : url.includes('/aliases')
          ? { items: [{ name: 'alias/orders', keyId: ID }], next: null }
          : KEY,
    });
    expect(await rig.claviger('key', 'show', 'alias/orders')).toBe(0);
    expect(rig.io.stdout).toMatch(/rotation +rotate P90D after creation\n/);
    expect(rig.io.stdout).toMatch(/VERSION {2}STATUS {2}CREATED +FROM\n {6}2 {2}active {2}2026-11-02 00:00:00 {5}1\n$/);
  });

  it('show --at asks for that moment, and shows what made it so', async () => {
    rig.reply = () => ({
      body: {
        ...KEY,
        at: '2026-11-24T03:00:00.000Z',
        versions: [VERSION],
        events: [{ revision: 0, type: 'KeyCreated', at: KEY.createdAt }],
      },
    });
    expect(await rig.claviger('key', 'show', ID, '--at', 'tuesday 03:00')).toBe(0);
    expect(rig.asked()).toEqual([`GET /api/v1/keys/${ID}?at=2026-11-24T03:00:00.000Z`]);
    expect(rig.io.stdout).toMatch(/^As of 2026-11-24 03:00:00 \(UTC\):/);
    expect(rig.io.stdout).toMatch(/0 {2}2026-11-01 00:00:00 {2}KeyCreated\n$/);
  });

  it('versions is exactly what the service says, for programs', async () => {
    const versions = { key_id: ID, versions: [VERSION] };
    rig.reply = () => ({ body: versions });
    expect(await rig.claviger('key', 'versions', ID, '--json')).toBe(0);
    expect(JSON.parse(rig.io.stdout)).toEqual(versions);
  });

  it('history tells what, who and why', async () => {
    rig.reply = () => ({
      body: {
        items: [
          {
            revision: 1,
            type: 'VersionRotated',
            at: KEY.createdAt,
            summary: 'Version 2 is active.',
            actor: 'p-1',
            actorName: 'alice',
            reason: 'OPS-7',
          },
        ],
        next: null,
      },
    });
    expect(await rig.claviger('key', 'history', ID)).toBe(0);
    expect(rig.io.stdout.split('\n')[1]).toBe('2026-11-01 00:00:00  Version 2 is active.  alice  OPS-7');
  });

  it.each([
    [['disable', ID, '--version', '2'], 'disable', { version: 2 }, /version 2 is disabled/],
    [['enable', ID], 'enable', {}, /is enabled/],
    [
      ['schedule-deletion', ID, '--days', '7'],
      'schedule-deletion',
      { windowDays: 7 },
      /will be destroyed on 2026-12-01 00:00:00 \(UTC\)/,
    ],
    [['cancel-deletion', ID], 'cancel-deletion', {}, /is kept/],
    [['rotate', ID, '--spec', 'aes_128'], 'rotate', { spec: 'AES_128' }, /version 2 is active/],
  ])('%j asks for it and says what became of it', async (args, action, body, words) => {
    rig.reply = () => ({ body: { ...KEY, deletionAt: '2026-12-01T00:00:00.000Z' } });
    expect(await rig.claviger('key', ...args)).toBe(0);
    expect(rig.service.asked).toMatchObject([{ method: 'POST', url: `/api/v1/keys/${ID}/${action}`, body }]);
    expect(rig.io.stdout).toMatch(words);
  });
});
