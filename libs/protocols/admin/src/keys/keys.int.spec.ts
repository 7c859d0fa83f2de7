import { DueWork, Scheduler } from '@claviger/application';
import { keyStream } from '@claviger/domain';
import { SAMPLE_ACCOUNT, SAMPLE_REGION } from '@claviger/testing';
import {
  type AdminAnswer,
  type AdminRequest,
  type AdminService,
  adminService,
} from '../../../../../test/support/admin.js';

type Json = Readonly<Record<string, unknown>>;

let admin: AdminService;
beforeAll(async () => {
  admin = await adminService();
}, 60_000);
afterAll(() => admin.close());

const post = (path: string, body?: unknown, request: AdminRequest = {}): Promise<AdminAnswer> =>
  admin.call('POST', path, { body, ...request });
const get = (path: string): Promise<AdminAnswer> => admin.call('GET', path);
const bodyOf = ({ body }: AdminAnswer): Json => body as Json;
const newKey = async (body: object = {}): Promise<string> =>
  String(bodyOf(await post('/keys', { usage: 'ENCRYPT_DECRYPT', ...body }))['keyId']);

describe('a key over the admin API', () => {
  it('is created with everything that was asked for, and says where it is', async () => {
    const asked = {
      usage: 'SIGN_VERIFY',
      spec: 'ECC_NIST_P256',
      environment: 'prod',
      dataClass: 'restricted',
      owner: 'payments',
      uses: ['jwt-signing'],
      description: 'tokens',
      tags: [{ key: 'service', value: 'checkout' }],
      rollbackWindow: 'P3D',
      purgeProtection: true,
    };
    const made = await post('/keys', asked);
    expect(bodyOf(made)).toMatchObject({ ...asked, revision: 0, state: 'Enabled', activeVersion: 1 });
    expect(made.headers).toMatchObject({ etag: '"0"', location: `/api/v1/keys/${String(bodyOf(made)['keyId'])}` });
    expect(bodyOf(await get(String(made.headers['location']).slice('/api/v1'.length)))).toEqual(bodyOf(made));
  });

  it('is made once when the same request comes again with the same idempotency key, and refused with another', async () => {
    const headers = { 'idempotency-key': 'spec-1' };
    const body = { usage: 'ENCRYPT_DECRYPT', description: 'once' };
    const [first, second] = [await post('/keys', body, { headers }), await post('/keys', body, { headers })];
    expect([second.status, bodyOf(second)]).toEqual([201, bodyOf(first)]);
    const other = await post('/keys', { ...body, description: 'twice' }, { headers });
    expect([other.status, bodyOf(other)['type']]).toEqual([409, 'urn:claviger:error:Conflict']);
  });

  it('is changed only at the revision that If-Match names', async () => {
    const id = await newKey();
    const changed = await post(`/keys/${id}/rotate`, {}, { headers: { 'if-match': '"0"' } });
    expect([changed.status, changed.headers['etag'], bodyOf(changed)['activeVersion']]).toEqual([200, '"2"', 2]);
    const late = await post(`/keys/${id}/rotate`, {}, { headers: { 'if-match': '"0"' } });
    expect([late.status, late.headers['etag']]).toEqual([412, undefined]);
    expect((await get(`/keys/${id}`)).headers['etag']).toBe('"2"');
  });

  it.each(['3', 'W/"3"', '"3", "4"', '""'])('is not changed when If-Match is %s', async (header) => {
    const answer = await post(`/keys/${await newKey()}/rotate`, {}, { headers: { 'if-match': header } });
    expect([answer.status, bodyOf(answer)['argument']]).toEqual([400, 'If-Match']);
  });

  it('is found under its id, ARN, alias and alias ARN alike', async () => {
    const made = bodyOf(await post('/keys', { usage: 'ENCRYPT_DECRYPT' }));
    await post('/aliases', { name: 'alias/four/names', key: made['keyId'] });
    const arn = String(made['arn']);
    for (const name of [made['keyId'], arn, 'alias/four/names', `${arn.split(':key/')[0]}:alias/four/names`]) {
      expect(bodyOf(await get(`/keys/${encodeURIComponent(String(name))}`))['keyId']).toBe(made['keyId']);
    }
  });

  it('shows its versions in exactly the members of R-90', async () => {
    const id = await newKey();
    admin.parts.clock.advance(1000);
    await post(`/keys/${id}/rotate`);
    const answer = await get(`/keys/${id}/versions`);
    const { versions } = answer.body as { versions: readonly Json[] };
    expect(Object.keys(bodyOf(answer))).toEqual(['key_id', 'versions']);
    const times = versions.map((version) => version['created_at']);
    const nothing = { last_rotated: null, rotated_from: null, last_used: null, rotation_scheduled: null };
    expect(bodyOf(answer)).toEqual({
      key_id: id,
      versions: [
        { version: 1, created_at: times[0], status: 'pending_retirement', ...nothing },
        { version: 2, created_at: times[1], status: 'active', ...nothing, last_rotated: times[1], rotated_from: 1 },
      ],
    });
    expect(Object.keys(versions[0] ?? {})).toEqual([
      'version',
      'created_at',
      'status',
      'last_rotated',
      'rotated_from',
      'last_used',
      'rotation_scheduled',
    ]);
  });

  it('shows what it was before and after its rotation, with the events that made it so', async () => {
    const id = await newKey();
    const before = new Date(admin.parts.clock.now()).toISOString();
    admin.parts.clock.advance(60_000);
    await post(`/keys/${id}/rotate`);
    const after = new Date(admin.parts.clock.now()).toISOString();
    const then = bodyOf(await get(`/keys/${id}?at=${before}`));
    const now = bodyOf(await get(`/keys/${id}?at=${after}`));
    expect(then).toMatchObject({ at: before, activeVersion: 1, versions: [{ version: 1, status: 'active' }] });
    expect(then['events']).toEqual([{ revision: 0, type: 'KeyCreated', at: before }]);
    expect(now).toMatchObject({
      at: after,
      activeVersion: 2,
      versions: [{ status: 'pending_retirement' }, { status: 'active' }],
    });
    expect((now['events'] as readonly Json[]).map(({ type }) => type)).toEqual([
      'KeyCreated',
      'VersionRotated',
      'PendingRetirement',
    ]);
    const earlier = await get(`/keys/${id}?at=2020-01-01T00:00:00Z`);
    expect([earlier.status, bodyOf(earlier)['detail']]).toEqual([
      404,
      expect.stringContaining('did not exist at 2020'),
    ]);
  });

  it('tells its history in words, page by page, with who and why', async () => {
    const id = await newKey();
    // UTF-8 in a header, as the CLI sends it.
    const reason = Buffer.from('Müller fragt', 'utf8').toString('latin1');
    await post(`/keys/${id}/rotate`, {}, { headers: { 'x-claviger-reason': reason } });
    const first = bodyOf(await get(`/keys/${id}/history?limit=2`));
    const second = bodyOf(await get(`/keys/${id}/history?limit=2&cursor=${String(first['next'])}`));
    expect(first['items']).toMatchObject([
      { revision: 0, type: 'KeyCreated', reason: null },
      {
        revision: 1,
        type: 'VersionRotated',
        reason: 'Müller fragt',
        actorName: 'administrator',
        protocol: 'admin',
        operation: 'RotateKey',
      },
    ]);
    expect(second).toMatchObject({ items: [{ revision: 2, type: 'PendingRetirement' }], next: null });
    const forged = await get(`/keys/${id}/history?cursor=${Buffer.from('x').toString('base64url')}`);
    expect([forged.status, bodyOf(forged)['type']]).toEqual([400, 'urn:claviger:error:InvalidMarker']);
  });

  it('stays readable when it is deleted: description, versions, history', async () => {
    const id = await newKey();
    await post(`/keys/${id}/schedule-deletion`, { windowDays: 7 });
    admin.parts.clock.advance(8 * 24 * 60 * 60 * 1000);
    const { jobs } = admin.parts;
    jobs.work(async (job) => void (await admin.app.get(DueWork).run(job)));
    await admin.app.get(Scheduler).tick();
    await jobs.settled();
    expect(bodyOf(await get(`/keys/${id}`))).toMatchObject({ state: 'Deleted' });
    expect(bodyOf(await get(`/keys/${id}/versions`))).toMatchObject({ versions: [{ status: 'deleted' }] });
    const listed = bodyOf(await get('/keys?state=Deleted'));
    expect((listed['items'] as readonly Json[]).map(({ keyId }) => keyId)).toContain(id);
  });

  it('answers Unavailable when its record does not verify, while others work', async () => {
    const [damaged, sound] = [await newKey(), await newKey()];
    admin.parts.keyState.condemn(keyStream(SAMPLE_ACCOUNT, SAMPLE_REGION, damaged), 'a planted fault');
    const answer = await get(`/keys/${damaged}`);
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
    expect((await get(`/keys/${sound}`)).status).toBe(200);
  });
});

describe('the list of keys', () => {
  it('is filtered by each attribute, and paged without gaps or repeats', async () => {
    const made = [];
    for (let n = 0; n < 5; n += 1) made.push(await newKey({ environment: 'listed', owner: `team-${n % 2}` }));
    const seen: unknown[] = [];
    let next = '';
    do {
      const page = bodyOf(await get(`/keys?environment=listed&limit=2${next}`));
      seen.push(...(page['items'] as readonly Json[]).map(({ keyId }) => keyId));
      next = typeof page['next'] === 'string' ? `&cursor=${page['next']}` : '';
    } while (next !== '');
    expect(seen).toEqual([...made].sort());
    const owned = bodyOf(await get('/keys?environment=listed&owner=team-1'));
    expect((owned['items'] as readonly Json[]).length).toBe(2);
    await post(`/keys/${made[0]}/disable`);
    expect(bodyOf(await get('/keys?environment=listed&state=Disabled'))).toMatchObject({
      items: [{ keyId: made[0] }],
      next: null,
    });
    expect(bodyOf(await get('/keys?environment=listed&spec=RSA_2048'))).toEqual({ items: [], next: null });
  });

  it.each(['limit=abc', 'limit=501', 'limit=1&limit=2', 'state=disabled', 'colour=red', 'cursor=!!', 'cursor='])(
    'is refused for ?%s',
    async (query) => {
      expect((await get(`/keys?${query}`)).status).toBe(400);
    },
  );

  it('is of one Region, the first by default', async () => {
    const made = bodyOf(await post('/keys?region=eu-central-1', { usage: 'ENCRYPT_DECRYPT' }));
    expect(made['arn']).toContain(':eu-central-1:');
    expect((await get(`/keys/${String(made['keyId'])}`)).status).toBe(404);
    expect((await get(`/keys/${String(made['keyId'])}?region=eu-central-1`)).status).toBe(200);
    const unknown = await get('/keys?region=mars-1');
    expect([unknown.status, bodyOf(unknown)['detail']]).toEqual([
      400,
      'region must be one of us-east-1, eu-central-1.',
    ]);
  });

  it('names the one key for a purpose, and says when there are several', async () => {
    const query = '/keys/find?purpose=ENCRYPT_DECRYPT&environment=only&dataClass=internal';
    const id = await newKey({ environment: 'only' });
    const found = await get(query);
    expect([bodyOf(found)['keyId'], found.headers['etag']]).toEqual([id, '"0"']);
    await newKey({ environment: 'only' });
    expect((await get(query)).status).toBe(409);
  });
});

describe('an alias over the admin API', () => {
  it('is created, listed, moved and deleted', async () => {
    const [first, second] = [await newKey(), await newKey()];
    const made = await post('/aliases', { name: 'alias/moving', key: first });
    expect(made.headers['location']).toBe('/api/v1/aliases/alias%2Fmoving');
    expect(bodyOf(made)).toMatchObject({ name: 'alias/moving', keyId: first });
    expect((await admin.call('PUT', '/aliases/moving', { body: { key: second } })).body).toMatchObject({
      keyId: second,
    });
    expect(bodyOf(await get(`/aliases?key=${second}`))).toMatchObject({
      items: [{ name: 'alias/moving' }],
      next: null,
    });
    expect(bodyOf(await get(`/aliases?key=${first}`))).toEqual({ items: [], next: null });
    const gone = await admin.call('DELETE', '/aliases/alias%2Fmoving');
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect((await get('/keys/alias%2Fmoving')).status).toBe(404);
  });

  it.each([
    ['a blank in its name', '/aliases/a%20b'],
    ['a name that is too long', `/aliases/${'x'.repeat(300)}`],
  ])('is refused with %s', async (_, path) => {
    const answer = await admin.call('DELETE', path);
    expect([answer.status, bodyOf(answer)['type']]).toEqual([400, 'urn:claviger:error:InvalidAliasName']);
  });

  it('may have the longest name there is, and be named by its ARN', async () => {
    const name = `alias/${'x'.repeat(250)}`;
    const made = bodyOf(await post('/aliases', { name, key: await newKey() }));
    expect((await get(`/keys/${encodeURIComponent(String(made['arn']))}`)).status).toBe(200);
  });
});
