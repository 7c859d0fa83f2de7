import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}
export interface Reply {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A service that answers what a test says. */
export class FakeService {
  readonly asked: Asked[] = [];
  private constructor(private readonly server: Server) {}

  static async start(reply: (asked: Asked) => Reply): Promise<FakeService> {
    const server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (part: string) => (text += part));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const asked = { method, url, headers, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
        service.asked.push(asked);
        const { status = 200, body, headers: more = {} } = reply(asked);
        response.writeHead(status, { 'content-type': 'application/json', ...more });
        response.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
      });
    });
    const service = new FakeService(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
