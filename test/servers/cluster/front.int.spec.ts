import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import { Front } from './front.js';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A node that answers with its name, or breaks off. */
class Backend {
  readonly seen: Seen[] = [];
  breaksOff = false;
  running = true;
  private constructor(
    readonly name: string,
    private readonly server: Server,
  ) {}

  static async start(name: string): Promise<Backend> {
    const server = createServer();
    const backend = new Backend(name, server);
    server.on('request', (incoming, outgoing) => {
      let body = '';
      incoming.setEncoding('utf8').on('data', (part: string) => (body += part));
      incoming.on('end', () => {
        const { method = '', url = '', headers } = incoming;
        backend.seen.push({ method, url, headers, body });
        if (backend.breaksOff) incoming.socket.destroy();
        else outgoing.writeHead(201, { 'x-node': name, connection: 'close' }).end(`${name}:${body}`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return backend;
  }

  get url(): string {
    const address = this.server.address();
    return `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 1}`;
  }

  /** From here on nobody listens at its address. */
  async end(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

describe('the front of a cluster', () => {
  let front: Front;
  let one: Backend;
  let two: Backend;
  let admin: Backend;

  beforeEach(async () => {
    [one, two, admin] = await Promise.all([Backend.start('one'), Backend.start('two'), Backend.start('admin')]);
    front = await Front.listen(0);
    front.serve({ api: [one, two], admin });
  });

  afterEach(async () => {
    await front.close();
    await Promise.all([one, two, admin].map((backend) => backend.end()));
  });

  const post = (path = '/', body = 'x', headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${front.url}${path}`, { method: 'POST', body, headers });

  it('sends calls of applications to the api nodes in turn, with their bodies, and everything else to the admin node', async () => {
    const answers: string[] = [];
    for (let n = 0; n < 4; n += 1) answers.push(await (await post('/', `${n}`)).text());
    expect(answers.map((text) => text.split(':')[1])).toEqual(['0', '1', '2', '3']);
    expect([one.seen.length, two.seen.length]).toEqual([2, 2]);
    const status = await fetch(`${front.url}/api/v1/status?a=b`);
    expect(await status.text()).toBe('admin:');
    await post('/api/v1/keys', '{}');
    expect(admin.seen.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['GET', '/api/v1/status?a=b', ''],
      ['POST', '/api/v1/keys', '{}'],
    ]);
    expect(status.status).toBe(201);
    expect(status.headers.get('x-node')).toBe('admin');
  });

  it('leaves the host as it came, for signatures cover it, and believes no client about where it comes from', async () => {
    const headers = {
      'x-forwarded-for': '203.0.113.9',
      forwarded: 'for=203.0.113.9',
      'x-forwarded-host': 'evil',
      'x-mine': 'stays',
    };
    await new Promise<void>((resolve, reject) => {
      const call = request(front.url, { method: 'POST', headers: { ...headers, host: 'kms.example' } }, (answer) => {
        answer.resume().once('end', resolve);
      });
      call.once('error', reject);
      call.end('x');
    });
    const [seen] = [...one.seen, ...two.seen];
    expect(seen?.headers).toMatchObject({ host: 'kms.example', 'x-forwarded-for': '127.0.0.1', 'x-mine': 'stays' });
    expect(seen?.headers).not.toHaveProperty('forwarded');
    expect(seen?.headers).not.toHaveProperty('x-forwarded-host');
  });

  it('passes over a node that takes no connection, and one that is known not to run', async () => {
    await one.end();
    for (let n = 0; n < 3; n += 1) expect(await (await post()).text()).toBe('two:x');
    two.running = false;
    const answer = await post();
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('no node takes the call');
  });

  it('answers 502 where a node may have seen the call, and gives it to no other', async () => {
    one.breaksOff = true;
    two.breaksOff = true;
    expect((await post()).status).toBe(502);
    expect(one.seen.length + two.seen.length).toBe(1);
  });

  it('refuses a body that no route takes, and everything before it knows whom to serve', async () => {
    expect((await post('/', 'x'.repeat(1024 * 1024 + 1))).status).toBe(413);
    const early = await Front.listen(0);
    expect((await fetch(early.url)).status).toBe(503);
    await early.close();
  });
});
