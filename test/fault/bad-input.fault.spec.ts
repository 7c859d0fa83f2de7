import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CreateKeyCommand, EncryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { startTestServer, type TestServer } from '@claviger/testing';
import { Progress } from '../bench/progress.js';
import { each, Pool } from '../servers/pool.js';
import { Chance } from '../servers/random.js';
import { type RawAnswer, sendRaw } from '../servers/raw-http.js';
import { rawRequest, signCall } from '../servers/sign.js';
import { fuzzedCall, legalInputs } from './fuzz.js';
import { shortOrLong } from './length.js';
import { PlantedSecrets } from './planted-secrets.js';

const FUZZED = shortOrLong(2_000, 10_000);
const SEED = Number(process.env['FAULT_SEED'] ?? 4_711);
const SLOW_CLIENTS = 100;
/** Header and request timeouts of the service, and Node's interval between looks at them. */
const SLOW_CLIENTS_GONE_MS = 90_000;

// R-2
describe('bad input', () => {
  let server: TestServer;
  let kms: KMSClient;
  let pool: Pool;
  const secrets = new PlantedSecrets();
  /** What was answered to bad input: nothing secret may be in it. */
  const refusals: string[] = [];
  let slow: Promise<RawAnswer>[] = [];
  const enough = new AbortController();
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    server = await startTestServer({ env: { CLAVIGER_LOG_LEVEL: 'debug' } });
    kms = server.kmsClient();
    pool = new Pool(server, 32);
    slow = slowClients();
    ids['key'] = await keyId(new CreateKeyCommand({}));
    ids['signing'] = await keyId(new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }));
    ids['mac'] = await keyId(new CreateKeyCommand({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }));
    secrets.plant('administrator secret', Buffer.from(server.credentials.secretAccessKey));
    secrets.plant('administrator token', Buffer.from(server.token));
    const plaintext = randomBytes(48);
    secrets.plant('plaintext', plaintext);
    ids['secret'] = plaintext.toString('base64');
    const context = { a: 'b' };
    const made = await kms.send(
      new EncryptCommand({ KeyId: ids['key'], Plaintext: plaintext, EncryptionContext: context }),
    );
    ids['blob'] = Buffer.from(made.CiphertextBlob ?? []).toString('base64');
    const dataKey = await kms.send(new GenerateDataKeyCommand({ KeyId: ids['key'], KeySpec: 'AES_256' }));
    secrets.plant('data key', dataKey.Plaintext ?? randomBytes(32));
  }, 60_000);
  afterAll(async () => {
    enough.abort();
    pool.close();
    await server.dispose();
  });

  async function keyId(command: CreateKeyCommand): Promise<string> {
    return (await kms.send(command)).KeyMetadata?.KeyId ?? '';
  }

  /** Connections that open and never finish: half of them in their headers, half in their body. */
  function slowClients(): Promise<RawAnswer>[] {
    const request = rawRequest(signCall(server, 'ListKeys', '{}', { now: Date.now() }));
    const end = request.indexOf('\r\n\r\n');
    const [headers, all] = [request.slice(0, end), request.slice(0, -1)];
    return Array.from({ length: SLOW_CLIENTS }, (_, index) => {
      const start = index % 2 === 0 ? headers.slice(0, 40) : all;
      const drops = index % 2 === 0 ? headers.slice(40, 160).split('') : [];
      return sendRaw(server.url, [start, ...drops], { pauseMs: 1_000, signal: enough.signal });
    });
  }

  async function answerTo(operation: string, body: string, headers: Record<string, string> = {}): Promise<string> {
    const { status, body: text } = await pool.send(signCall(server, operation, body, { now: Date.now(), headers }));
    refusals.push(text);
    return `${status} ${/"__type":"(\w+)"/.exec(text)?.[1] ?? ''}`.trim();
  }

  it.each([
    ['an empty body', ''],
    ['no JSON', 'hello'],
    ['JSON cut off', '{"KeyId":"'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['a number', '1'],
    ['null', 'null'],
    ['two values', '{}{}'],
    ['a byte order mark', '\ufeff{}'],
    ['a trailing comma', '{"KeyId":"x",}'],
    ['single quotes', "{'KeyId':'x'}"],
    ['a lone surrogate, escaped', '{"KeyId":"\\ud800"}'],
    ['a hundred thousand brackets', '['.repeat(100_000)],
    ['an object a hundred thousand deep', '{"a":'.repeat(20_000)],
  ])('is refused as %s, with 400', async (_, body) => {
    expect(await answerTo('DescribeKey', body)).toMatch(
      /^400 (SerializationException|ValidationException|NotFoundException)$/,
    );
  });

  it('is refused as bytes that are no UTF-8, with 400', async () => {
    const body = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]);
    // The signature is over the bytes, which the signer cannot hold as text: an unsigned request is refused before anybody parses it.
    const text = `POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`;
    expect((await sendRaw(server.url, [text, body])).status).toBe(400);
  });

  it.each(Object.keys(legalInputs))('is refused as wrong types in every member of %s, with 400', async (operation) => {
    for (const legal of legalInputs[operation] ?? []) {
      for (const name of Object.keys(legal)) {
        for (const wrong of [{}, [1], true, 1.5, null]) {
          const outcome = await answerTo(operation, JSON.stringify({ ...legal, [name]: wrong }));
          expect(`${name}=${JSON.stringify(wrong)}: ${outcome}`).toMatch(/: (400 \w+|200)$/);
        }
      }
    }
  });

  /** A body of 10 MB, as each protocol would take it, signed and unsigned. */
  function largeBodies(): (readonly [string, string])[] {
    const body = JSON.stringify({ KeyId: ids['key'], Plaintext: 'A'.repeat(10_000_000) });
    const signed = rawRequest(signCall(server, 'Encrypt', body, { now: Date.now(), headers: { connection: 'close' } }));
    const end = signed.indexOf('\r\n\r\n') + 4;
    const rest = `connection: close\r\ncontent-length: ${body.length}\r\n\r\n`;
    return [
      [signed.slice(0, end), signed.slice(end)],
      [`POST / HTTP/1.1\r\nhost: x\r\n${rest}`, body],
      [
        `POST /api/v1/keys HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.token}\r\ncontent-type: application/json\r\n${rest}`,
        body,
      ],
    ];
  }

  it('is refused as a body of 10 MB with an answer that arrives, signed or not, without being kept', async () => {
    const answers = await Promise.all(largeBodies().map((pieces) => sendRaw(server.url, pieces)));
    expect(answers.map(({ status }) => status)).toEqual([413, 413, 413]);
  });

  it('is refused as a body of 10 MB whose bytes never come, within seconds', async () => {
    const answers = await Promise.all(
      largeBodies().map(([head, body]) => sendRaw(server.url, [head, body.slice(0, 9)])),
    );
    expect(answers.map(({ status }) => status)).toEqual([413, 413, 413]);
    // The server waits 2 s for the rest; a request may otherwise take 30.
    for (const { took } of answers) expect(took).toBeLessThan(25_000);
  });

  it('is refused as an endless body, cut off where the server stops reading', async () => {
    const piece = Buffer.alloc(1024 * 1024, 0x20);
    const head = 'POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1000000000000\r\n\r\n';
    const { status, took } = await sendRaw(server.url, [head, ...Array.from({ length: 64 }, () => piece)]);
    // Cut off while bytes are on their way: the answer may be lost then.
    expect([0, 413]).toContain(status);
    expect(took).toBeLessThan(25_000);
  });

  it.each([
    ['headers of 100 kB', `GET /health/live HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(100_000)}\r\n\r\n`],
    ['ten thousand headers', `GET /health/live HTTP/1.1\r\nhost: x\r\n${'x-a: 1\r\n'.repeat(10_000)}\r\n`],
    ['no HTTP at all', '\u0016\u0003\u0001\u0000\u0000 hello\r\n\r\n'],
    ['a bad chunk', 'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n'],
    [
      'two requests smuggled in one',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nhost: x\r\n\r\n',
    ],
    ['a line break in a header', 'GET /health/live HTTP/1.1\r\nhost: x\r\nx-a: b\rc: d\r\n\r\n'],
  ])('is refused as %s', async (_, text) => {
    const { status } = await sendRaw(server.url, [text]);
    expect([400, 431]).toContain(status);
  });

  it(`meets no 500 and no crash in ${FUZZED} fuzzed requests (seed ${SEED})`, async () => {
    const chance = new Chance(SEED);
    const counts = new Map<string, number>();
    const failures: string[] = [];
    const progress = new Progress('fuzzed requests', FUZZED);
    await each(Array(FUZZED).keys(), 16, async () => {
      const { operation, body } = fuzzedCall(chance, (name) => ids[name] ?? '');
      const headers: Record<string, string> =
        chance.next() < 0.05
          ? { 'content-type': chance.of(['text/plain', 'application/json', '', 'application/x-amz-json-1.0']) }
          : {};
      const outcome = await answerTo(operation, body, headers);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      if (!/^(200|400 \w+|413 \w+)$/.test(outcome)) failures.push(`${outcome} to ${operation} ${body.slice(0, 300)}`);
      progress.step();
    });
    expect(failures.slice(0, 5)).toEqual([]);
    expect(server.running).toBe(true);
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
    // Both sides of the door were tried.
    expect(counts.get('200') ?? 0).toBeGreaterThan(FUZZED / 20);
    expect(counts.size).toBeGreaterThan(8);
    process.stderr.write(`fuzz: ${[...counts].map(([outcome, count]) => `${outcome} ${count}`).join(', ')}\n`);
  }, 300_000);

  it('serves others while slow clients hang', async () => {
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    expect(await answerTo('ListKeys', '{}')).toBe('200');
  });

  // It takes most of a minute: the service looks for slow clients every half minute.
  const inFull = shortOrLong(0, 1) === 1 ? it : null;
  inFull?.(
    'lets go of every slow client in the end',
    async () => {
      let gone = 0;
      for (const client of slow) void client.then(() => (gone += 1));
      const deadline = Date.now() + SLOW_CLIENTS_GONE_MS;
      while (gone < SLOW_CLIENTS && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 200));
      expect(gone).toBe(SLOW_CLIENTS);
      for (const { status } of await Promise.all(slow)) expect([0, 408]).toContain(status);
    },
    SLOW_CLIENTS_GONE_MS + 10_000,
  );

  it('leaves no secret in an answer to bad input, in the log, or in any file beside the key file', async () => {
    expect(secrets.count).toBe(4);
    enough.abort();
    await Promise.all(slow);
    const errors = refusals.filter((text) => text.includes('"__type"'));
    expect(errors.length).toBeGreaterThan(FUZZED / 4);
    expect(secrets.findIn('an error', Buffer.from(errors.join('\n')))).toEqual([]);
    await server.stop();
    expect(server.output.length).toBeGreaterThan(0);
    expect(secrets.findIn('the log', Buffer.from(server.output))).toEqual([]);
    expect(secrets.findBelow(server.data)).toEqual([]);
    expect(secrets.findBelow(join(server.folder, 'anchor'))).toEqual([]);
    expect(secrets.findBelow(join(server.folder, 'seal'))).toEqual([]);
  }, 60_000);
});
