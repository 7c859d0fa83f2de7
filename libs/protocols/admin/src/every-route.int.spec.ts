import { Holds } from '@claviger/application';
import type { OpenEntry } from '@claviger/ports';
import {
  ADMIN_TOKEN,
  type AdminAnswer,
  type AdminRequest,
  type AdminService,
  adminService,
  NOBODY_TOKEN,
} from '../../../../test/support/admin.js';
import { AdminRoutes } from './admin-routes.js';
import { adminControllers } from './controllers.js';

/** A request; `method` is the route's own. */
interface Sent extends Pick<AdminRequest, 'body' | 'headers'> {
  readonly path: string;
}
interface Row {
  /** Makes what the call needs, and returns it. */
  readonly success: () => Promise<Sent>;
  readonly status: number;
  /** One that fails for another reason than who calls, and the kind of the error. */
  readonly failure: Sent;
  readonly kind: string;
}

const MISSING = '/keys/00000000-0000-4000-8000-000000000000';
const DAY = 24 * 60 * 60 * 1000;

let admin: AdminService;

beforeAll(async () => {
  admin = await adminService();
}, 60_000);
afterAll(() => admin.close());

async function done(method: string, path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>> {
  const answer = await admin.call(method, path, { body });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.body as Readonly<Record<string, unknown>>;
}

async function newKey(body: object = {}): Promise<string> {
  const { keyId } = await done('POST', '/keys', { usage: 'ENCRYPT_DECRYPT', ...body });
  return `/keys/${String(keyId)}`;
}

async function rotated(): Promise<string> {
  const key = await newKey();
  await done('POST', `${key}/rotate`);
  return key;
}

let aliases = 0;
async function newAlias(): Promise<{ readonly name: string; readonly key: string }> {
  aliases += 1;
  const name = `alias/spec-${aliases}`;
  const key = (await newKey()).slice('/keys/'.length);
  await done('POST', '/aliases', { name, key });
  return { name, key };
}

let failing = false;
/** The path of a job that has failed too often. */
async function deadJob(): Promise<string> {
  const { jobs, clock } = admin.parts;
  if (!failing) jobs.work(() => Promise.reject(new Error('the device is gone')));
  failing = true;
  aliases += 1;
  const id = `rotate-spec-${aliases}`;
  await jobs.enqueue([id]);
  for (let tries = 0; (await jobs.list('dead', 0, 100)).every((job) => job.id !== id); tries += 1) {
    if (tries > 20) throw new Error('the job does not die');
    await jobs.settled();
    clock.advance(60 * 60 * 1000);
  }
  return `/jobs/${id}`;
}

const plain = (path: string, body?: unknown) => async (): Promise<Sent> => ({ path, body });
const onKey = (action: string, body?: unknown) => async (): Promise<Sent> => ({
  path: `${await newKey()}${action}`,
  body,
});
const missing = (action: string, body?: unknown): Pick<Row, 'failure' | 'kind'> => ({
  failure: { path: `${MISSING}${action}`, body },
  kind: 'NotFound',
});
const invalid = (path: string, body?: unknown): Pick<Row, 'failure' | 'kind'> => ({
  failure: { path, body },
  kind: 'Validation',
});

const ROWS: Readonly<Record<string, Row>> = {
  CreateKey: {
    success: plain('/keys', { usage: 'SIGN_VERIFY', spec: 'ECC_NIST_P256', tags: [{ key: 'a', value: 'b' }] }),
    status: 201,
    ...invalid('/keys', { usage: 'X' }),
  },
  DescribeAccount: {
    success: plain('/account'),
    status: 200,
    failure: { path: '/account?region=nowhere' },
    kind: 'Validation',
  },
  ChangeAccountDefaults: {
    success: plain('/account/defaults', { dataClass: 'internal' }),
    status: 200,
    failure: { path: '/account/defaults', body: { protectionLevel: 'HSM' } },
    kind: 'Unsupported',
  },
  ListKeys: { success: plain('/keys?usage=ENCRYPT_DECRYPT&limit=2'), status: 200, ...invalid('/keys?limit=0') },
  FindKey: {
    success: async () => {
      await newKey({ environment: 'found', dataClass: 'restricted' });
      return { path: '/keys/find?purpose=ENCRYPT_DECRYPT&environment=found&dataClass=restricted' };
    },
    status: 200,
    failure: { path: '/keys/find?purpose=ENCRYPT_DECRYPT&environment=nowhere&dataClass=public' },
    kind: 'NotFound',
  },
  DescribeKey: { success: onKey(''), status: 200, ...missing('') },
  ListKeyVersions: { success: onKey('/versions'), status: 200, ...missing('/versions') },
  GetKeyHistory: { success: onKey('/history'), status: 200, ...missing('/history') },
  RotateKey: { success: onKey('/rotate', {}), status: 200, ...missing('/rotate') },
  StageVersion: { success: onKey('/stage'), status: 200, ...missing('/stage') },
  ActivateVersion: {
    success: async () => {
      const key = await newKey();
      await done('POST', `${key}/stage`);
      return { path: `${key}/activate`, body: { version: 2 } };
    },
    status: 200,
    ...invalid(`${MISSING}/activate`, { version: 0 }),
  },
  RollBackVersion: {
    success: async () => ({ path: `${await rotated()}/roll-back` }),
    status: 200,
    ...missing('/roll-back'),
  },
  RetireVersion: {
    success: async () => {
      const key = await rotated();
      await done('PUT', `${key}/retirement-policy`, { enabled: true });
      admin.parts.clock.advance(2 * DAY);
      return { path: `${key}/retire`, body: { version: 1 } };
    },
    status: 200,
    ...missing('/retire', { version: 1 }),
  },
  // Refused until approvals exist: its only answer is a failure.
  RestoreVersion: {
    success: async () => ({ path: `${await rotated()}/restore`, body: { version: 1 } }),
    status: 409,
    ...missing('/restore', { version: 1 }),
  },
  // Without a token nothing is wrapped: their only answer here is a failure that says so.
  WrapDataKey: {
    success: onKey('/wrap-data-key', { dataKey: Buffer.alloc(32, 1).toString('base64') }),
    status: 400,
    ...missing('/wrap-data-key', { dataKey: Buffer.alloc(32, 1).toString('base64') }),
  },
  UnwrapDataKey: {
    success: onKey('/unwrap-data-key', { wrapped: Buffer.alloc(40, 1).toString('base64'), version: 1 }),
    status: 400,
    ...invalid(`${MISSING}/unwrap-data-key`, { wrapped: 'no Base64', version: 1 }),
  },
  DisableKey: { success: onKey('/disable', {}), status: 200, ...missing('/disable') },
  EnableKey: { success: onKey('/enable', {}), status: 200, ...missing('/enable') },
  ScheduleKeyDeletion: {
    success: onKey('/schedule-deletion', { windowDays: 7 }),
    status: 200,
    ...invalid(`${MISSING}/schedule-deletion`, { windowDays: 6 }),
  },
  CancelKeyDeletion: {
    success: async () => {
      const key = await newKey();
      await done('POST', `${key}/schedule-deletion`);
      return { path: `${key}/cancel-deletion` };
    },
    status: 200,
    ...missing('/cancel-deletion'),
  },
  CompromiseVersion: {
    success: onKey('/compromise', { version: 1 }),
    status: 200,
    ...invalid(`${MISSING}/compromise`, { occurredAt: 'Tuesday' }),
  },
  SetRotationPolicy: {
    success: onKey('/rotation-policy', { lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P90D' }] }),
    status: 200,
    ...invalid(`${MISSING}/rotation-policy`, { everyDays: 1, lifetimeActions: [] }),
  },
  SetRetirementPolicy: {
    success: onKey('/retirement-policy', { enabled: true }),
    status: 200,
    ...missing('/retirement-policy', { enabled: true }),
  },
  TagResource: {
    success: onKey('/tags', { tags: [{ key: 'a', value: 'b' }] }),
    status: 200,
    ...invalid(`${MISSING}/tags`, { tags: [] }),
  },
  UntagResource: { success: onKey('/tags/a'), status: 200, ...missing('/tags/a') },
  ChangeOwner: { success: onKey('/owner', { owner: 'payments' }), status: 200, ...missing('/owner', { owner: null }) },
  ChangeUses: { success: onKey('/uses', { uses: ['jwt-signing'] }), status: 200, ...invalid(`${MISSING}/uses`, {}) },
  UpdateKeyDescription: {
    success: onKey('/description', { description: 'new' }),
    status: 200,
    ...missing('/description', { description: 'x' }),
  },
  EnablePurgeProtection: { success: onKey('/purge-protection'), status: 200, ...missing('/purge-protection') },
  ListAliases: { success: plain('/aliases'), status: 200, ...invalid('/aliases?key=nonsense') },
  CreateAlias: {
    success: async () => ({ path: '/aliases', body: { name: `alias/new-${aliases}`, key: (await newAlias()).name } }),
    status: 201,
    ...invalid('/aliases', { name: 'without-prefix', key: MISSING.slice(6) }),
  },
  UpdateAlias: {
    success: async () => {
      const [{ name }, other] = [await newAlias(), await newAlias()];
      return { path: `/aliases/${encodeURIComponent(name)}`, body: { key: other.key } };
    },
    status: 200,
    failure: { path: '/aliases/missing', body: { key: MISSING.slice(6) } },
    kind: 'NotFound',
  },
  DeleteAlias: {
    success: async () => ({ path: `/aliases/${encodeURIComponent((await newAlias()).name)}` }),
    status: 204,
    failure: { path: '/aliases/missing' },
    kind: 'NotFound',
  },
  SearchAudit: {
    success: plain('/audit?operation=CreateKey&context.a=b'),
    status: 200,
    ...invalid('/audit?operaton=CreateKey'),
  },
  GetStatus: { success: plain('/status'), status: 200, ...invalid('/status?region=nowhere') },
  GetOperatorReport: { success: plain('/operator/report'), status: 200, ...invalid('/operator/report?x=1') },
  AcceptReport: {
    success: async () => {
      const holds = admin.app.get(Holds);
      holds.raise({ kind: 'anchor', stops: 'use', findings: ['found'] });
      const { report } = await done('GET', '/operator/report');
      return { path: '/operator/accept', body: { report } };
    },
    status: 200,
    // The clock has moved by days: there is something to accept, but not this.
    failure: { path: '/operator/accept', body: { report: '0'.repeat(64) } },
    kind: 'PreconditionFailed',
  },
  Backup: { success: plain('/operator/backup'), status: 200, ...invalid('/operator/backup?to=here') },
  RebuildView: { success: plain('/rebuild/key-state'), status: 202, ...invalid('/rebuild/everything') },
  GetRebuild: { success: plain('/rebuild/audit-view'), status: 200, ...invalid('/rebuild/everything') },
  ListJobs: { success: plain('/jobs?state=waiting&limit=2'), status: 200, ...invalid('/jobs?state=done') },
  RetryJob: {
    success: async () => ({ path: `${await deadJob()}/retry` }),
    status: 204,
    failure: { path: '/jobs/nothing/retry' },
    kind: 'NotFound',
  },
  GetSeal: { success: plain('/operator/seal'), status: 200, ...invalid('/operator/seal?x=1') },
  SealService: { success: plain('/operator/seal'), status: 202, ...invalid('/operator/seal', { now: true }) },
  // What belongs to a sealed service is answered by one that runs, too.
  InitSeal: {
    success: plain('/operator/init', { shares: 5, threshold: 3 }),
    status: 409,
    ...invalid('/operator/init', { shares: 1 }),
  },
  Unseal: {
    success: plain('/operator/unseal', { share: 'x' }),
    status: 200,
    ...invalid('/operator/unseal', { share: 1 }),
  },
  ForgetShares: {
    success: plain('/operator/unseal/forget'),
    status: 200,
    ...invalid('/operator/unseal/forget', { a: 1 }),
  },
  // The seal in memory has neither passphrase nor shares.
  ChangePassphrase: {
    success: plain('/operator/rekey/passphrase', { present: 'a passphrase', next: 'another passphrase' }),
    status: 409,
    ...invalid('/operator/rekey/passphrase', { present: 'a passphrase' }),
  },
  BeginRekey: {
    success: plain('/operator/rekey/shares', { shares: 5, threshold: 3 }),
    status: 409,
    ...invalid('/operator/rekey/shares', { shares: 5, threshold: 1 }),
  },
  GiveRekeyShare: {
    success: plain('/operator/rekey/share', { share: 'x' }),
    status: 409,
    ...invalid('/operator/rekey/share', {}),
  },
  CancelRekey: {
    success: plain('/operator/rekey/cancel'),
    status: 409,
    ...invalid('/operator/rekey/cancel', { a: 1 }),
  },
  RotateRoot: {
    success: plain('/operator/rotate-root', {}),
    status: 202,
    ...invalid('/operator/rotate-root', { acceptUnreadable: [''] }),
  },
  GetRootRotation: {
    success: plain('/operator/rotate-root'),
    status: 200,
    ...invalid('/operator/rotate-root?x=1'),
  },
  ExamineService: { success: plain('/doctor'), status: 200, ...invalid('/doctor?deep=yes') },
};

/** Journal entries of a request, plus one for all of its events together. */
async function recordsOf({ headers }: AdminAnswer): Promise<readonly string[]> {
  const found = await admin.records(headers['x-request-id']);
  const entries = found.filter((record): record is OpenEntry => typeof record !== 'string');
  const events = found.length > entries.length ? ['events'] : [];
  return [...entries.map(({ operation, result, error }) => [operation, result, error].join(' ').trim()), ...events];
}

describe('every route of the admin API', () => {
  const routes = new AdminRoutes(adminControllers).all;

  it('has a row here', () => {
    expect(Object.keys(ROWS).sort()).toEqual(routes.map(({ operation }) => operation).sort());
  });

  describe.each(routes)('$operation ($method $path)', ({ method, operation }) => {
    const row = ROWS[operation] as Row;
    const send = ({ path, ...request }: Sent, token: string | null = ADMIN_TOKEN): Promise<AdminAnswer> => {
      // Another minute: unauthenticated calls are only counted after ten in one.
      admin.parts.clock.advance(61_000);
      return admin.call(method, path, { ...request, token });
    };

    it('is on record exactly once when it succeeds', async () => {
      const answer = await send(await row.success());
      expect([answer.status, answer.text]).toEqual([row.status, expect.any(String)]);
      const [record, ...more] = await recordsOf(answer);
      expect(more).toEqual([]);
      if (row.status < 300 && record !== 'events') expect(record).toBe(`${operation} success`);
      if (row.status >= 300) expect(record).toMatch(`${operation} failure`);
    });

    it(`is on record exactly once when it fails with ${row.kind}`, async () => {
      const answer = await send(row.failure);
      expect(answer.body).toMatchObject({
        type: `urn:claviger:error:${row.kind}`,
        requestId: answer.headers['x-request-id'],
      });
      expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
      expect(await recordsOf(answer)).toEqual([`${operation} failure ${row.kind}`]);
    });

    it('is refused to a principal without rights, on record exactly once', async () => {
      const answer = await send(await row.success(), NOBODY_TOKEN);
      expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('not authorized to perform')]);
      expect(await recordsOf(answer)).toEqual([`${operation} denied AccessDenied`]);
    });

    it.each([
      ['no token', null],
      ['a wrong token', 'clv_wrong-wrong-wrong-wrong'],
    ])('is refused with %s, on record exactly once', async (_, token) => {
      const answer = await send(row.failure, token);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      expect(await recordsOf(answer)).toEqual([`${operation} denied Unauthenticated`]);
    });

    it('is refused on record when a header or the body cannot be understood', async () => {
      const [ifMatch, body] = [
        await send({ ...row.failure, headers: { 'if-match': 'three' } }),
        await send({ ...row.failure, body: '{"a":', headers: { 'content-type': 'application/json' } }),
      ];
      for (const answer of [ifMatch, ...(method === 'GET' ? [] : [body])]) {
        expect(answer.status).toBe(400);
        expect(await recordsOf(answer)).toEqual([`${operation} failure Validation`]);
      }
    });
  });
});
