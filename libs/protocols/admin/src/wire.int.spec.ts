import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JournalUnavailable } from '@claviger/ports';
import { type AdminAnswer, type AdminService, adminService } from '../../../../test/support/admin.js';

let admin: AdminService;
beforeAll(async () => {
  admin = await adminService();
}, 60_000);
afterAll(() => admin.close());

const problem = ({ status, body }: AdminAnswer): readonly [number, unknown] => [
  status,
  (body as { detail: string }).detail,
];
const create = (body: unknown, headers: Record<string, string> = {}): Promise<AdminAnswer> =>
  admin.call('POST', '/keys', { body, headers });

describe('a request that is not as it should be', () => {
  it.each([
    [{}, /^usage must be one of .*; found nothing\.$/],
    [{ usage: 'ENCRYPT' }, /^usage must be one of .*; found "ENCRYPT"\.$/],
    [{ usage: 3 }, /^usage must be one of .*; found 3\.$/],
    [{ usage: 'ENCRYPT_DECRYPT', Spec: 'RSA_2048' }, /^Spec is not a member that this operation knows\.$/],
    [{ usage: 'ENCRYPT_DECRYPT', tags: [{ key: 'a', value: 1 }] }, /^tags\.0\.value must be .*; found 1\.$/],
    [{ usage: 'ENCRYPT_DECRYPT', tags: { key: 'a' } }, /^tags must be an array; found an object\.$/],
    [{ usage: 'ENCRYPT_DECRYPT', uses: 'jwt' }, /^uses must be an array; found "jwt"\.$/],
    [{ usage: 'ENCRYPT_DECRYPT', uses: [''] }, /^each value in uses must be longer than/],
    [{ usage: 'ENCRYPT_DECRYPT', environment: 'Prod!' }, /^environment must match .*; found a text of 5 characters\.$/],
    [{ usage: 'ENCRYPT_DECRYPT', purgeProtection: 'yes' }, /^purgeProtection must be a boolean value/],
    [[], /^The body must be a JSON object\.$/],
    ['"text"', /^The body must be a JSON object\.$/],
    ['{"usage"', /^The body must be valid JSON\.$/],
    ['{"usage": "ENCRYPT_DECRYPT", "__proto__": {"administrator": true}}', /^The body must be valid JSON\.$/],
    [`{"usage": "ENCRYPT_DECRYPT", "x\\n${'y'.repeat(100)}": 1}`, /^x\\ny{62} is not a member/],
  ])('names argument, expectation and finding: %j', async (body, detail) => {
    const answer = await create(body);
    expect(problem(answer)).toEqual([400, expect.stringMatching(detail)]);
  });

  it('never tells back what may be a secret', async () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    for (const body of [
      { usage: secret },
      { usage: 'ENCRYPT_DECRYPT', environment: secret },
      { usage: { secret } },
      `{"${secret.slice(0, 20)}" `,
    ]) {
      expect((await create(body)).text).not.toContain(secret.slice(0, 20));
    }
    expect((await admin.call('GET', `/keys/${encodeURIComponent(secret)}`)).text).not.toContain(secret.slice(0, 20));
    expect((await admin.call('GET', '/keys', { token: secret })).text).not.toContain(secret.slice(0, 20));
    expect(admin.parts.log.join('\n')).not.toContain(secret.slice(0, 20));
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx'])(
    'is refused when its body is of type %j',
    async (type) => {
      const answer = await create('{"usage":"ENCRYPT_DECRYPT"}', { 'content-type': type });
      expect(answer.status).toBe(400);
    },
  );

  it.each(['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON', 'application/vnd.claviger+json'])(
    'is taken when its body is of type %s',
    async (type) => {
      expect((await create('{"usage":"ENCRYPT_DECRYPT"}', { 'content-type': type })).status).toBe(201);
    },
  );

  it('is refused when it has a body or a query that would not count', async () => {
    const { body } = await create({ usage: 'ENCRYPT_DECRYPT' });
    const key = `/keys/${String((body as { keyId: string }).keyId)}`;
    const rolledBack = await admin.call('POST', `${key}/roll-back`, { body: { version: 1 } });
    expect(problem(rolledBack)).toEqual([400, 'This operation takes no body.']);
    const rotated = await admin.call('POST', `${key}/rotate?spec=AES_128`);
    expect(problem(rotated)).toEqual([400, 'This operation takes no query parameter "spec".']);
    // What says nothing does no harm.
    expect((await admin.call('POST', `${key}/purge-protection`, { body: '' })).status).toBe(200);
    expect((await admin.call('POST', `${key}/purge-protection`, { body: {} })).status).toBe(200);
  });

  it('is refused as a whole when a number is not a number', async () => {
    const { body } = await create({ usage: 'ENCRYPT_DECRYPT' });
    const key = `/keys/${String((body as { keyId: string }).keyId)}`;
    for (const windowDays of ['7', true, 7.5, null, [7]]) {
      const answer = await admin.call('POST', `${key}/schedule-deletion`, { body: { windowDays } });
      expect([windowDays, answer.status]).toEqual([windowDays, windowDays === null ? 200 : 400]);
      if (answer.status === 200) await admin.call('POST', `${key}/cancel-deletion`);
    }
  });

  it.each([
    ['x-claviger-reason', 'x'.repeat(513)],
    ['x-claviger-reason', '\xff\xfe'],
    ['idempotency-key', 'with a blank'],
    ['idempotency-key', 'x'.repeat(256)],
  ])('is refused with %s: %s', async (name, value) => {
    expect(problem(await create({ usage: 'ENCRYPT_DECRYPT' }, { [name]: value }))[0]).toBe(400);
  });

  it('is refused when its body is no I-JSON and it asks to be repeatable', async () => {
    const body = '{"usage":"ENCRYPT_DECRYPT","description":"\\ud800"}';
    expect((await create(body, { 'idempotency-key': 'spec-lone' })).status).toBe(400);
  });
});

describe('what no controller answers', () => {
  const afterAMinute = (): void => admin.parts.clock.advance(61_000);

  it('is a problem too: unknown paths, on record without a caller', async () => {
    afterAMinute();
    const answer = await admin.call('GET', '/nowhere?x=1');
    expect(answer.body).toMatchObject({ title: 'Not found', status: 404, requestId: expect.any(String) });
    const { requestId } = answer.body as { requestId: string };
    expect(await admin.records(requestId)).toMatchObject([{ operation: '-', result: 'denied', protocol: 'admin' }]);
  });

  it.each([
    ['DELETE', '/keys', 'GET, POST'],
    ['PATCH', '/keys/x/description', 'PUT'],
    ['PUT', '/audit', 'GET'],
  ])('says which methods there are instead of %s %s', async (method, path, allow) => {
    afterAMinute();
    const answer = await admin.call(method, path);
    expect([answer.status, answer.headers['allow']]).toEqual([405, allow]);
    expect((answer.body as { title: string }).title).toBe('Method not allowed');
  });

  it('says that a body is too large', async () => {
    afterAMinute();
    const answer = await create({ usage: 'ENCRYPT_DECRYPT', description: 'x'.repeat(70_000) });
    expect(answer.body).toMatchObject({ title: 'Content too large', status: 413 });
    const { requestId } = answer.body as { requestId: string };
    expect(await admin.records(requestId)).toHaveLength(1);
  });

  it('leaves other paths of the server without a record', async () => {
    const before = admin.parts.journal.head();
    const answer = await admin.app.getHttpAdapter().getInstance().inject({ method: 'GET', url: '/elsewhere' });
    expect([answer.statusCode, admin.parts.journal.head()]).toEqual([404, before]);
  });
});

describe('the documentation', () => {
  const page = async (url: string): Promise<{ statusCode: number; payload: string }> =>
    admin.app.getHttpAdapter().getInstance().inject({ method: 'GET', url });

  it('is served to everybody: the committed document, and pages to read it with', async () => {
    const committed = readFileSync(join(import.meta.dirname, '../../../../docs/openapi.json'), 'utf8');
    expect(JSON.parse((await page('/api/docs-json')).payload)).toEqual(JSON.parse(committed));
    const { statusCode, payload } = await page('/api/docs');
    expect([statusCode, payload.includes('Claviger admin API')]).toEqual([200, true]);
    expect((await page('/api/docs/swagger-ui-bundle.js')).statusCode).toBe(200);
  });
});

describe('a call that cannot be recorded', () => {
  it('is not answered: neither its result nor what it would have told', async () => {
    const made = await create({ usage: 'ENCRYPT_DECRYPT' });
    const { keyId } = made.body as { keyId: string };
    const append = jest.spyOn(admin.parts.journal, 'append').mockRejectedValue(new JournalUnavailable('disk full'));
    try {
      const [read, refused, unknown] = [
        await admin.call('GET', `/keys/${keyId}`),
        await admin.call('GET', '/keys?limit=x'),
        await admin.call('GET', '/keys', { token: null }),
      ];
      for (const answer of [read, refused, unknown]) {
        expect([answer.status, answer.headers['etag'], answer.text.includes(keyId)]).toEqual([503, undefined, false]);
      }
    } finally {
      append.mockRestore();
    }
  });

  it('tells nothing when something fails that nobody expected, and logs it once', async () => {
    const list = jest.spyOn(admin.parts.keyState, 'listKeys').mockImplementation(() => {
      throw new Error('secret-of-the-house');
    });
    const answer = await admin.call('GET', '/keys');
    list.mockRestore();
    expect([answer.status, answer.text.includes('secret-of-the-house')]).toEqual([500, false]);
    expect(answer.body).toMatchObject({ title: 'Internal', requestId: answer.headers['x-request-id'] });
    expect(admin.parts.log.filter((line) => line.includes('secret-of-the-house'))).toHaveLength(1);
  });
});
