import { Decrypt, Encrypt, newFacts, AuditTrail, type CallContext } from '@claviger/application';
import { SAMPLE_ACCOUNT, SAMPLE_REGION } from '@claviger/testing';
import { type AdminAnswer, type AdminService, adminService, NOBODY_TOKEN } from '../../../../../test/support/admin.js';

interface Item {
  readonly operation: string;
  readonly requestId: string;
  readonly version: number | null;
  readonly context: Readonly<Record<string, string>>;
}
interface Page {
  readonly items: readonly Item[];
  readonly next: string | null;
  readonly complete: boolean;
}

let admin: AdminService;
let keyId: string;
let used: number;

beforeAll(async () => {
  admin = await adminService();
  const made = await admin.call('POST', '/keys', { body: { usage: 'ENCRYPT_DECRYPT' } });
  keyId = (made.body as { keyId: string }).keyId;
  await admin.call('POST', '/aliases', { body: { name: 'alias/orders', key: keyId } });
  admin.parts.clock.advance(60_000);
  used = admin.parts.clock.now();
  await use({ tenant: 'a', purpose: 'tax' });
  admin.parts.clock.advance(10);
  await admin.call('POST', `/keys/${keyId}/rotate`, { headers: { 'x-claviger-reason': 'OPS-7' } });
  await use({ tenant: 'b' });
  admin.parts.clock.advance(10);
  await admin.call('GET', `/keys/${keyId}`, { token: NOBODY_TOKEN });
  await admin.call('GET', '/keys', { token: null, headers: { 'user-agent': 'stranger' } });
}, 60_000);
afterAll(() => admin.close());

/** One Encrypt and one Decrypt with this context, as an AWS client makes them. */
async function use(context: Readonly<Record<string, string>>): Promise<void> {
  const key = { kind: 'alias', name: 'orders' } as const;
  const trail = admin.app.get(AuditTrail);
  admin.parts.clock.advance(10);
  const encrypting = callOf('Encrypt');
  const { ciphertext } = await trail.run(encrypting, () =>
    admin.app.get(Encrypt).execute(encrypting, {
      key,
      plaintext: Buffer.from('x'),
      context,
      algorithm: 'SYMMETRIC_DEFAULT',
      dryRun: false,
    }),
  );
  admin.parts.clock.advance(10);
  const decrypting = callOf('Decrypt');
  await trail.run(decrypting, () =>
    admin.app.get(Decrypt).execute(decrypting, {
      key: null,
      ciphertext,
      context,
      algorithm: 'SYMMETRIC_DEFAULT',
      dryRun: false,
      version: null,
    }),
  );
}

function callOf(operation: string): CallContext {
  return { ...template(), operation };
}

function template(): CallContext {
  return {
    caller: {
      id: 'p-app',
      account: SAMPLE_ACCOUNT,
      name: 'orders-app',
      arn: 'arn:aws:iam::0:user/orders-app',
      administrator: true,
      environment: null,
      revision: 0,
    },
    region: SAMPLE_REGION,
    source: { address: '10.1.2.3', userAgent: 'aws-sdk' },
    requestId: admin.parts.ids.uuid7(),
    protocol: 'aws-kms',
    operation: '',
    reason: null,
    receivedAt: admin.parts.clock.now(),
    idempotencyKey: null,
    requestHash: null,
    ifMatch: null,
    facts: newFacts(),
  };
}

const ask = (query: string): Promise<AdminAnswer> => admin.call('GET', `/audit?${query}`);
async function search(query: string): Promise<Page> {
  const answer = await ask(query);
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body as Page;
}
const operations = async (query: string): Promise<readonly string[]> =>
  (await search(`${query}&order=oldest`)).items.map(({ operation }) => operation);

describe('the audit search', () => {
  it('tells who used a key, when, from where, with what context and version', async () => {
    const { items, complete } = await search('key=alias%2Forders&operation=Decrypt&order=oldest');
    expect(complete).toBe(true);
    expect(items).toMatchObject([
      {
        at: new Date(used + 20).toISOString(),
        principal: 'p-app',
        principalName: 'orders-app',
        source: '10.1.2.3',
        result: 'success',
        keyId,
        version: 1,
        context: { tenant: 'a', purpose: 'tax' },
      },
      { version: 2, context: { tenant: 'b' } },
    ]);
  });

  it('finds uses, changes and refusals of a key alike, by id, alias and ARN', async () => {
    const expected = [
      'CreateKey',
      'CreateAlias',
      'Encrypt',
      'Decrypt',
      'RotateKey',
      'Encrypt',
      'Decrypt',
      'DescribeKey',
    ];
    const arn = `arn:aws:kms:${SAMPLE_REGION}:${SAMPLE_ACCOUNT}:key/${keyId}`;
    for (const name of [keyId, 'alias/orders', arn]) {
      const found = await operations(
        `key=${encodeURIComponent(name)}&to=${new Date(admin.parts.clock.now() + 1).toISOString()}`,
      );
      expect(found.filter((operation) => operation !== 'SearchAudit' && operation !== 'ReserveUses')).toEqual(expected);
    }
  });

  it.each([
    ['version=2&operation=Decrypt', ['Decrypt']],
    ['principal=orders-app&context.tenant=a', ['Encrypt', 'Decrypt']],
    ['context.tenant=a&context.purpose=tax&operation=Encrypt', ['Encrypt']],
    ['context.tenant=a&context.purpose=none', []],
    ['context.constructor=x', []],
    ['result=denied&operation=DescribeKey', ['DescribeKey']],
    ['source=10.1.*&operation=Encrypt', ['Encrypt', 'Encrypt']],
    ['operation=RotateKey&region=us-east-1', ['RotateKey']],
    ['operation=RotateKey&region=eu-central-1', []],
    ['operation=Encrypt&to=2026-01-01T00:00:30Z', []],
    ['operation=CreateKey&to=2026-01-01T00:00:30Z', ['CreateKey']],
  ])('is narrowed by %s', async (query, expected) => {
    expect(await operations(query)).toEqual(expected);
  });

  it('shows calls of nobody known to who answers for the service', async () => {
    const { items } = await search('result=denied&operation=ListKeys');
    expect(items).toMatchObject([{ principal: null, userAgent: 'stranger', error: 'Unauthenticated' }]);
  });

  it('goes on page by page without repeats', async () => {
    const seen: string[] = [];
    let next: string | null = null;
    do {
      const page: Page = await search(
        `key=${keyId}&limit=3&order=oldest&to=2026-01-01T00:01:01Z${next === null ? '' : `&cursor=${next}`}`,
      );
      seen.push(...page.items.map(({ requestId }) => requestId));
      next = page.next;
      if (seen.length > 100) throw new Error('it does not end');
    } while (next !== null);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(6);
    expect((await ask(`cursor=${'x'.repeat(10)}`)).body).toMatchObject({ type: 'urn:claviger:error:InvalidMarker' });
  });

  it.each([
    'from=Tuesday',
    'from=2026-01-01',
    'version=0',
    'result=ok',
    'context.=x',
    'context.a=1&context.a=2',
    'context=x',
    'limit=1000',
  ])('is refused for ?%s', async (query) => {
    expect((await ask(query)).status).toBe(400);
  });

  it('is refused with more pairs than it takes', async () => {
    const pairs = Array.from({ length: 17 }, (_, n) => `context.k${n}=v`).join('&');
    expect((await ask(pairs)).status).toBe(400);
  });

  it('says that an alias names no key', async () => {
    expect((await ask('key=alias%2Fnowhere')).status).toBe(404);
  });
});
