import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../run.js';
import { FakeIo } from '../testing/fake-io.js';
import { type Asked, FakeService, type Reply } from '../testing/fake-service.js';

const TOKEN = 'clv_a-token-that-nobody-must-see';
const ID = '1234abcd-12ab-34cd-56ef-1234567890ab';

const KEY = {
  keyId: ID,
  arn: `arn:aws:kms:us-east-1:000000000000:key/${ID}`,
  revision: 2,
  state: 'Enabled',
  usage: 'ENCRYPT_DECRYPT',
  spec: 'SYMMETRIC_DEFAULT',
  origin: 'AWS_KMS',
  environment: 'prod',
  dataClass: 'internal',
  owner: null,
  uses: [],
  description: 'orders at rest',
  tags: [{ key: 'service', value: 'orders' }],
  activeVersion: 2,
  stagedVersion: null,
  lastVersion: 2,
  rotationPolicy: { enabled: true, lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P90D' }], expiryTime: null },
  retirement: { enabled: false, idleFor: 'PT24H' },
  rollbackWindow: 'P7D',
  purgeProtection: false,
  createdAt: '2026-11-01T00:00:00.000Z',
  lastRotatedAt: '2026-11-02T00:00:00.000Z',
  deletionAt: null,
  deletedAt: null,
};
const VERSION = {
  version: 2,
  created_at: '2026-11-02T00:00:00.000Z',
  status: 'active',
  last_rotated: '2026-11-02T00:00:00.000Z',
  rotated_from: 1,
  last_used: null,
  rotation_scheduled: null,
};
const RECORD = {
  at: '2026-11-24T03:12:09.000Z',
  principal: 'p-1',
  principalName: 'orders-app',
  operation: 'Decrypt',
  result: 'success',
  error: null,
  keyId: ID,
  named: 'alias/orders',
  version: 2,
  source: '10.1.2.3',
  reason: null,
  context: { tenant: '42' },
  calls: 1,
};

let reply: (asked: Asked) => Reply;
let service: FakeService;
let io: FakeIo;
beforeAll(async () => {
  service = await FakeService.start((asked) => reply(asked));
});
afterAll(() => service.stop());
beforeEach(() => {
  service.asked.length = 0;
  io = new FakeIo({ CLAVIGER_URL: service.url, CLAVIGER_TOKEN: TOKEN });
  reply = () => ({ body: KEY });
});
afterEach(() => {
  expect(io.stdout + io.stderr).not.toContain(TOKEN);
});

const claviger = (...args: readonly string[]): Promise<number> => run(args, io);
const asked = (): readonly string[] => service.asked.map(({ method, url }) => `${method} ${decodeURIComponent(url)}`);

describe('the command line', () => {
  it('sends token, Region and reason with every call, also when they stand behind the command', async () => {
    expect(
      await claviger('key', 'rotate', 'alias/orders', '--reason', 'Müller fragt', '--region', 'eu-central-1'),
    ).toBe(0);
    const [{ headers, url, body, method } = {} as Asked] = service.asked;
    expect([method, url]).toEqual(['POST', '/api/v1/keys/alias%2Forders/rotate?region=eu-central-1']);
    expect(headers).toMatchObject({ authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' });
    expect(Buffer.from(String(headers['x-claviger-reason']), 'latin1').toString('utf8')).toBe('Müller fragt');
    expect([body, io.stdout]).toEqual([{}, `${ID}: version 2 is active now.\n`]);
  });

  it('answers with JSON when it is asked to', async () => {
    expect(await claviger('--json', 'key', 'disable', ID)).toBe(0);
    expect(JSON.parse(io.stdout)).toEqual(KEY);
  });

  it.each([
    [['nonsense'], /unknown command 'nonsense'/],
    [['key'], /Usage: claviger key/],
    [['key', 'show'], /missing required argument 'key'/],
    [['key', 'list', '--color', 'red'], /unknown option '--color'/],
    [['key', 'list', '--limit', '0'], /--limit must be a whole number from 1 to 500; found "0"/],
    [['key', 'list', '--state', 'off'], /--state must be one of Enabled, Disabled/],
    [['key', 'create', '--tag', 'novalue'], /--tag must be like name=value/],
    [['key', 'show', '..'], /A key is named by its id/],
    [['key', 'show', ID, '--at', 'someday'], /--at must be a time like/],
    [['audit', 'search', '--since', '1h', '--until', '2h'], /--until must be later than --since/],
    [['operator', 'accept', '--report', 'x'], /--reason is needed here/],
    [['rebuild', 'everything'], /Allowed choices are key-state, audit-view/],
    [['status', '--url', 'localhost:7070'], /address of the service must be like/],
    [['status', '--url', 'http://a:b@localhost'], /no place for credentials/],
    [['status', '--token-file', '/nowhere/token'], /cannot be read \(ENOENT\)/],
  ])('ends with 2 and asks nothing when it cannot be understood: %j', async (args, message) => {
    expect(await claviger(...args)).toBe(2);
    expect([io.stdout, service.asked]).toEqual(['', []]);
    expect(io.stderr).toMatch(message);
  });

  it('refuses a token among its arguments, and says why', async () => {
    expect(await claviger('status', '--token', TOKEN)).toBe(2);
    expect(io.stderr).toMatch(/can be seen by every user of the machine/);
  });

  it('needs a token, from the environment or a file: the token alone, or the credentials of the first start', async () => {
    io.env['CLAVIGER_TOKEN'] = ' ';
    expect(await claviger('status')).toBe(2);
    expect(io.stderr).toMatch(/No token: set CLAVIGER_TOKEN/);
    const folder = mkdtempSync(join(tmpdir(), 'claviger-cli-'));
    try {
      for (const text of [`${TOKEN}\n`, JSON.stringify({ accessKeyId: 'AKIA', token: TOKEN })]) {
        writeFileSync(join(folder, 'token'), text);
        expect(await claviger('key', 'disable', ID, '--token-file', join(folder, 'token'))).toBe(0);
      }
      expect(service.asked.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${TOKEN}`, `Bearer ${TOKEN}`]);
      for (const text of ['{"accessKeyId":"AKIA"}', '{broken', `${TOKEN}\n${TOKEN}`]) {
        writeFileSync(join(folder, 'token'), text);
        expect(await claviger('status', '--token-file', join(folder, 'token'))).toBe(2);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('shows help with examples, and ends with 0', async () => {
    expect(await claviger('audit', 'search', '--help')).toBe(0);
    expect(io.stdout).toMatch(
      /\$ claviger audit search --key alias\/orders --operation Decrypt --since "tuesday 03:00" --until 04:00/,
    );
    expect(io.stdout).not.toMatch(/--token </);
  });
});

describe('a refusal of the service', () => {
  it.each([
    [409, { detail: 'The key is disabled.', title: 'Disabled' }, 'claviger: The key is disabled.\n'],
    [401, { detail: 'A valid bearer token is required.' }, /Is CLAVIGER_TOKEN the token of a principal/],
    [
      503,
      { detail: 'The HSM is unavailable.', requestId: 'r-1' },
      'claviger: The HSM is unavailable. Request id: r-1.\n',
    ],
    [502, '<html>', /HTTP status 502 and no explanation/],
    [400, { detail: 'a\u001b[2Jb' }, 'claviger: a\\u001b[2Jb\n'],
  ])('with %i is a sentence, and exit code 1', async (status, body, message) => {
    reply = () => ({
      status,
      body,
      headers: { 'content-type': typeof body === 'string' ? 'text/html' : 'application/problem+json' },
    });
    expect(await claviger('key', 'enable', ID)).toBe(1);
    expect(io.stdout).toBe('');
    if (typeof message === 'string') expect(io.stderr).toBe(message);
    else expect(io.stderr).toMatch(message);
  });

  it('is given as it is to programs', async () => {
    const problem = { type: 'urn:claviger:error:Disabled', status: 409, detail: 'The key is disabled.' };
    reply = () => ({ status: 409, body: problem });
    expect(await claviger('key', 'enable', ID, '--json')).toBe(1);
    expect(JSON.parse(io.stderr)).toEqual(problem);
  });

  it('says what to do when nothing listens, or somebody else does', async () => {
    const gone = await FakeService.start(() => ({}));
    const { url } = gone;
    await gone.stop();
    expect(await claviger('status', '--url', url)).toBe(1);
    expect(io.stderr).toContain(`claviger: Nothing listens at ${url}. Start the service (npm start)`);
    reply = () => ({ body: '<html>', headers: { 'content-type': 'text/html' } });
    expect(await claviger('status')).toBe(1);
    expect(io.stderr).toMatch(/something else than JSON/);
  });

  it('does not follow to another address with the token', async () => {
    reply = () => ({ status: 302, headers: { location: 'http://127.0.0.1:1/elsewhere' } });
    expect(await claviger('status')).toBe(1);
    expect(service.asked).toHaveLength(1);
  });

  it('warns before a token goes over an unencrypted line', async () => {
    await claviger('status', '--url', 'http://claviger.invalid:7070');
    expect(io.stderr).toMatch(/warning: http:\/\/claviger\.invalid:7070 is not encrypted/);
    expect(io.stderr).toMatch(/cannot be resolved/);
    io.stderr = '';
    await claviger('status', '--url', 'http://127.0.0.1.evil.invalid');
    expect(io.stderr).toMatch(/warning/);
  });
});

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
    expect(await claviger('key', 'create', ...args)).toBe(0);
    expect(service.asked.map(({ url, body }) => [url, body])).toEqual([
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
    expect(io.stdout).toMatch(/^key id +1234abcd/);
    expect(io.stdout).toMatch(/\naliases +alias\/orders\n/);
  });

  it('create names the key that was made when its alias was refused', async () => {
    reply = ({ url }) =>
      url.endsWith('aliases') ? { status: 409, body: { detail: 'taken' } } : { status: 201, body: KEY };
    expect(await claviger('key', 'create', '--alias', 'alias/x')).toBe(1);
    expect(io.stderr).toBe(`claviger: The key ${ID} was made, but without its alias: taken\n`);
  });

  it('list shows a page, and says that there is more', async () => {
    reply = () => ({ body: { items: [KEY], next: 'more' } });
    expect(await claviger('key', 'list', '--environment', 'prod', '--limit', '1')).toBe(0);
    expect(asked()).toEqual(['GET /api/v1/keys?environment=prod&limit=1']);
    expect(io.stdout.split('\n')[1]).toMatch(
      /^1234abcd-\S+ {2}Enabled {2}SYMMETRIC_DEFAULT {8}2 {2}prod {9}internal {2}orders at rest$/,
    );
    expect(io.stderr).toBe('There are more than these 1 keys: --all shows every one.\n');
  });

  it('list --all follows the pages', async () => {
    reply = ({ url }) => ({
      body: { items: [KEY], next: url.includes('cursor=2') ? null : url.includes('cursor') ? '2' : '1' },
    });
    expect(await claviger('key', 'list', '--all', '--json')).toBe(0);
    expect(asked()).toEqual([
      'GET /api/v1/keys?limit=500',
      'GET /api/v1/keys?limit=500&cursor=1',
      'GET /api/v1/keys?limit=500&cursor=2',
    ]);
    expect((JSON.parse(io.stdout) as { items: unknown[] }).items).toHaveLength(3);
    expect(io.stderr).toBe('');
  });

  it('show puts key, aliases and versions together', async () => {
    reply = ({ url }) => ({
      body: url.includes('/versions')
        ? { key_id: ID, versions: [VERSION] }
        : url.includes('/aliases')
          ? { items: [{ name: 'alias/orders', keyId: ID }], next: null }
          : KEY,
    });
    expect(await claviger('key', 'show', 'alias/orders')).toBe(0);
    expect(io.stdout).toMatch(/rotation +rotate P90D after creation\n/);
    expect(io.stdout).toMatch(/VERSION {2}STATUS {2}CREATED +FROM\n {6}2 {2}active {2}2026-11-02 00:00:00 {5}1\n$/);
  });

  it('show --at asks for that moment, and shows what made it so', async () => {
    reply = () => ({
      body: {
        ...KEY,
        at: '2026-11-24T03:00:00.000Z',
        versions: [VERSION],
        events: [{ revision: 0, type: 'KeyCreated', at: KEY.createdAt }],
      },
    });
    expect(await claviger('key', 'show', ID, '--at', 'tuesday 03:00')).toBe(0);
    expect(asked()).toEqual([`GET /api/v1/keys/${ID}?at=2026-11-24T03:00:00.000Z`]);
    expect(io.stdout).toMatch(/^As of 2026-11-24 03:00:00 \(UTC\):/);
    expect(io.stdout).toMatch(/0 {2}2026-11-01 00:00:00 {2}KeyCreated\n$/);
  });

  it('versions is exactly what the service says, for programs', async () => {
    const versions = { key_id: ID, versions: [VERSION] };
    reply = () => ({ body: versions });
    expect(await claviger('key', 'versions', ID, '--json')).toBe(0);
    expect(JSON.parse(io.stdout)).toEqual(versions);
  });

  it('history tells what, who and why', async () => {
    reply = () => ({
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
    expect(await claviger('key', 'history', ID)).toBe(0);
    expect(io.stdout.split('\n')[1]).toBe('2026-11-01 00:00:00  Version 2 is active.  alice  OPS-7');
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
    reply = () => ({ body: { ...KEY, deletionAt: '2026-12-01T00:00:00.000Z' } });
    expect(await claviger('key', ...args)).toBe(0);
    expect(service.asked).toMatchObject([{ method: 'POST', url: `/api/v1/keys/${ID}/${action}`, body }]);
    expect(io.stdout).toMatch(words);
  });
});

describe('claviger audit search', () => {
  it('answers "who decrypted what on Tuesday between 3 and 4" in one line', async () => {
    reply = () => ({ body: { items: [RECORD], next: null, complete: true, behind: null } });
    expect(
      await claviger(
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
    expect(asked()).toEqual([
      'GET /api/v1/audit?key=alias/orders&operation=Decrypt&from=2026-11-24T03:00:00.000Z&to=2026-11-24T04:00:00.000Z',
    ]);
    expect(io.stdout).toBe(
      [
        'TIME (UTC)           WHO         OPERATION  RESULT   KEY           VERSION  FROM      CONTEXT',
        '2026-11-24 03:12:09  orders-app  Decrypt    success  alias/orders        2  10.1.2.3  tenant=42',
        '',
      ].join('\n'),
    );
  });

  it('passes on every filter', async () => {
    reply = () => ({ body: { items: [], next: null, complete: true, behind: null } });
    await claviger(
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
    expect(asked()).toEqual([
      'GET /api/v1/audit?version=2&principal=p&result=denied&source=10.*&request=r&order=oldest&limit=7&context.a=b=c&context.d=e',
    ]);
    expect(io.stdout).toBe('No such call is on record.\n');
  });

  it('says when not everything was looked at', async () => {
    reply = () => ({
      body: {
        items: [
          { ...RECORD, principal: null, principalName: null, error: 'Unauthenticated', result: 'denied', calls: 12 },
        ],
        next: null,
        complete: false,
        behind: { journal: 3, store: '0' },
      },
    });
    expect(await claviger('audit', 'search')).toBe(0);
    expect(io.stderr).toMatch(/the newest 3 entries/);
    expect(io.stdout).toMatch(/\(unknown\) {2}Decrypt {4}denied: Unauthenticated/);
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
    notReady: [] as string[],
    store: { position: '24' },
    journal: { head: 5, writable: true },
    keyState: { position: '24', behind: '0', following: true },
    auditView: { behindJournal: 0, behindStore: 0 },
    outOfUse: 0,
    holds: [] as object[],
  };

  it('status ends with 1 when calls cannot be served, and says why', async () => {
    reply = () => ({ body: STATUS });
    expect(await claviger('status')).toBe(0);
    expect(io.stdout).toMatch(/^ready +yes\n/);
    io.stdout = '';
    const holds = [{ kind: 'anchor', stops: 'use', findings: ['The journal ends at entry 3.'] }];
    reply = () => ({ body: { ...STATUS, notReady: ['sealed'], holds, outOfUse: 2 } });
    expect(await claviger('status')).toBe(1);
    expect(io.stdout).toMatch(/^ready +no\n +sealed\n/);
    expect(io.stdout).toMatch(/anchor: use waits\n +The journal ends at entry 3\./);
  });

  it('doctor ends with 1 only when there is a problem', async () => {
    const note = { severity: 'note', check: 'seal', subject: 'keyfile', message: 'A file.', advice: null };
    reply = () => ({ body: { versions: 3, material: 3, findings: [note] } });
    expect(await claviger('doctor')).toBe(0);
    expect(io.stdout).toMatch(/Looked at 3 versions of keys and 3 pieces of material: nothing is wrong\.\n$/);
    reply = () => ({
      body: {
        versions: 3,
        material: 2,
        findings: [{ ...note, severity: 'problem', check: 'material', advice: 'Restore it.' }, note],
      },
    });
    expect(await claviger('doctor')).toBe(1);
    expect(io.stdout).toMatch(/PROBLEM {2}material: keyfile\n {9}A file\.\n {9}Restore it\.\n/);
  });

  it('operator report shows the line that accepts it, and accept sends it with the reason', async () => {
    const report = 'a'.repeat(64);
    reply = ({ method }) => ({
      body: {
        report,
        holds: method === 'GET' ? [{ kind: 'clock', stops: 'destruction', findings: ['It is late.'] }] : [],
      },
    });
    expect(await claviger('operator', 'report')).toBe(0);
    expect(io.stdout).toMatch(new RegExp(`claviger operator accept --report ${report} --reason`));
    expect(await claviger('operator', 'accept', '--report', report, '--reason', 'checked')).toBe(0);
    expect(service.asked[1]).toMatchObject({ body: { report }, headers: { 'x-claviger-reason': 'checked' } });
  });

  it('rebuild waits for the end, shows progress to who watches, and fails when it failed', async () => {
    let left = 3;
    io.watched = true;
    reply = () => ({
      body: { view: 'audit-view', state: (left -= 1) > 0 ? 'running' : 'done', done: 3 - left, of: 3 },
    });
    expect(await claviger('rebuild', 'audit-view')).toBe(0);
    expect(asked()).toEqual([
      'POST /api/v1/rebuild/audit-view',
      'GET /api/v1/rebuild/audit-view',
      'GET /api/v1/rebuild/audit-view',
    ]);
    expect([io.slept, io.stderr.includes('33 %'), io.stdout]).toEqual([500, true, 'audit-view was built anew.\n']);
    reply = () => ({ body: { view: 'audit-view', state: 'failed', done: 0, of: 3 } });
    expect(await claviger('rebuild', 'audit-view')).toBe(1);
    reply = () => ({ body: { view: 'audit-view', state: 'running', done: 0, of: 3 } });
    expect(await claviger('rebuild', 'audit-view', '--no-wait')).toBe(0);
  });
});
