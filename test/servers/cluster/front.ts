import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';

const HOST = '127.0.0.1';
/** As the largest body of any route. */
const BODY_LIMIT = 1024 * 1024;
/** RFC 9110 section 7.6.1: of one connection only. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Where the front sends what. */
export interface Backends {
  readonly api: readonly { readonly url: string; readonly running: boolean }[];
  readonly admin: { readonly url: string };
}

/**
 * A load balancer in miniature: `POST /` goes in turn to the nodes that serve applications, everything else to the admin node. It stands in
 * for the one that an operator has: plain HTTP on the loopback, no health checks. A node that does not take a connection is passed over;
 * what breaks later is a 502, which SDKs try again.
 */
export class Front {
  readonly #agent = new Agent({ keepAlive: true });
  #backends: Backends | undefined;
  #turn = 0;

  private constructor(private readonly server: Server) {
    server.on('request', (incoming, outgoing) => void this.#pass(incoming, outgoing));
  }

  /** Answers 503 until it is told whom to serve. @throws where the port is taken */
  static async listen(port: number): Promise<Front> {
    const server = createServer({ keepAliveTimeout: 72_000 });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, HOST, resolve);
    });
    return new Front(server);
  }

  get url(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the front does not listen');
    return `http://${HOST}:${address.port}`;
  }

  serve(backends: Backends): void {
    this.#backends = backends;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      const body = await bodyOf(incoming);
      if (body === undefined) return refuse(outgoing, 413, `a body of more than ${BODY_LIMIT} bytes`);
      for (const url of this.#candidates(incoming)) {
        const answer = await this.#ask(url, incoming, body);
        if (answer === undefined) continue;
        outgoing.writeHead(answer.statusCode ?? 502, passedOn(answer.rawHeaders));
        answer.once('error', () => outgoing.destroy());
        answer.pipe(outgoing);
        return;
      }
      refuse(outgoing, 503, 'no node takes the call');
    } catch {
      refuse(outgoing, 502, 'the node broke off');
    }
  }

  #candidates({ method, url }: IncomingMessage): readonly string[] {
    if (this.#backends === undefined) return [];
    const { api, admin } = this.#backends;
    if (method !== 'POST' || url !== '/') return [admin.url];
    const serving = api.filter(({ running }) => running);
    this.#turn += 1;
    return serving.map((_, index) => serving[(index + this.#turn) % serving.length]?.url ?? '');
  }

  /** Undefined where the node has not seen the call. @throws where it may have */
  #ask(url: string, incoming: IncomingMessage, body: Buffer): Promise<IncomingMessage | undefined> {
    return new Promise((resolve, reject) => {
      const headers = [
        ...passedOn(incoming.rawHeaders).filter((_, index, all) => !isForwarded(all[index - (index % 2)])),
        // What a client says of itself does not count: here is the edge.
        'X-Forwarded-For',
        incoming.socket.remoteAddress ?? HOST,
      ];
      const asked = request(`${url}${incoming.url ?? '/'}`, {
        method: incoming.method ?? 'GET',
        headers,
        agent: this.#agent,
      });
      asked.once('response', resolve);
      asked.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') resolve(undefined);
        else reject(error);
      });
      asked.end(body);
    });
  }
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    length += part.length;
    if (length <= BODY_LIMIT) parts.push(part);
  }
  return length > BODY_LIMIT ? undefined : Buffer.concat(parts);
}

/** Names and values in turn, as Node has them. The host stays as it came: signatures cover it. */
function passedOn(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const [name = '', value = ''] = raw.slice(index, index + 2);
    if (!HOP_BY_HOP.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}

const isForwarded = (name = ''): boolean => /^(x-)?forwarded(-|$)/i.test(name);

function refuse(outgoing: ServerResponse, status: number, message: string): void {
  if (outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(status, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify({ message: `front: ${message}` }));
}
