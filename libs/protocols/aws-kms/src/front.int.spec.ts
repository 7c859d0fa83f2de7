import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startAwsKms, type TestAwsKms } from '../../../../test/support/aws-kms.js';
import { signCall } from '../../../../test/servers/sign.js';

// What only a real socket shows.
let kms: TestAwsKms;
let url: string;
let started = 0;
let ended = 0;
beforeAll(async () => {
  kms = await startAwsKms({
    deps: (deps) => ({
      ...deps,
      trail: {
        unauthenticated: (call) => deps.trail.unauthenticated(call),
        run: (call, work) => {
          started += 1;
          return deps.trail.run(call, work).finally(() => {
            ended += 1;
          });
        },
      },
    }),
  });
  await kms.server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(kms.server.server.address() as AddressInfo).port}`;
});
afterAll(() => kms.close());

const sign = (operation: string, body: string) =>
  signCall({ url, region: 'us-east-1', credentials: kms.application.administrator }, operation, body, {
    now: kms.application.parts.clock.now(),
  });

async function post(headers: Readonly<Record<string, string>>, body: string | Buffer, agent: Agent) {
  const sent = request(url, { method: 'POST', headers, agent });
  // The server stops reading what is too large; what becomes of the rest is not the client's answer.
  sent.on('error', () => undefined);
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() };
}

it('keeps a connection for the next call', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (const operation of ['ListKeys', 'ListAliases', 'Nonsense', 'CreateKey']) {
      const { headers, body } = sign(operation, '{}');
      const answer = await post(headers, body, agent);
      expect(answer.status).toBe(operation === 'Nonsense' ? 400 : 200);
      expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(await new Promise((resolve) => kms.server.server.getConnections((_, count) => resolve(count)))).toBe(1);
  } finally {
    agent.destroy();
  }
});

it('refuses ten megabytes without reading them, and serves the next connection', async () => {
  const agent = new Agent();
  const { headers } = sign('Encrypt', '{}');
  const body = Buffer.alloc(10 * 1024 * 1024, 0x20);
  const answer = await post({ ...headers, 'content-length': String(body.length) }, body, agent);
  expect(answer).toMatchObject({ status: 413, headers: { connection: 'close' } });
  expect(JSON.parse(answer.body)).toMatchObject({ __type: 'RequestEntityTooLargeException' });
  const next = sign('ListKeys', '{}');
  expect(await post(next.headers, next.body, agent)).toMatchObject({ status: 200 });
});

it('survives clients that leave before their answer', async () => {
  const calls = Array.from({ length: 20 }, async () => {
    const { headers, body } = sign('CreateKey', '{"KeySpec":"RSA_2048","KeyUsage":"SIGN_VERIFY"}');
    const sent = request(url, { method: 'POST', headers });
    sent.on('error', () => undefined);
    sent.end(body);
    await once(sent, 'finish');
    sent.destroy();
  });
  await Promise.all(calls);
  const { headers, body } = sign('ListKeys', '{}');
  expect(await post(headers, body, new Agent())).toMatchObject({ status: 200 });
  // What they asked for is carried out and recorded before the server is closed.
  await kms.server.close();
  expect(started).toBeGreaterThan(1);
  expect(ended).toBe(started);
  expect(kms.application.log.join('\n')).not.toMatch(/unexpectedly/);
});
