import { request } from 'node:http';
import { join } from 'node:path';
import { TestServer, type TestServerOptions } from '@claviger/testing';

const SEALED = 'sealed: nothing is served until an operator opens the seal';
export const OPERATOR = '/api/v1/operator';

/** As a program sees it. */
export interface SealedAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
}
export interface Sent {
  readonly body?: object | string;
  readonly token?: string;
  /** Address that the call comes from: every operator has one. */
  readonly from?: string;
}
export interface UnsealRecord {
  readonly operation: string;
  readonly result: string;
  readonly principalName: string;
  readonly source: string;
  readonly extra: Readonly<Record<string, unknown>>;
}

/** A whole server that starts sealed. */
export class SealedServer {
  readonly server: TestServer;
  readonly sealFile: string;

  constructor(kind: 'passphrase' | 'shares', options: TestServerOptions = {}) {
    this.server = new TestServer({ ...options, env: { CLAVIGER_SEAL: kind, ...options.env } });
    this.sealFile = join(this.server.folder, 'seal', 'root.seal');
  }

  /** Resolves when it tells that it is sealed. */
  async launch(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.server.launch({ CLAVIGER_SEAL_FILE: this.sealFile, ...env });
    const { url } = await this.server.logged(({ message }) => message === SEALED, '"sealed"');
    this.server.url = String(url);
  }

  /** On the same port, after a stop or a kill. */
  launchAgain(env: Readonly<Record<string, string>> = {}): Promise<void> {
    return this.launch({ CLAVIGER_PORT: new URL(this.server.url).port, ...env });
  }

  /** Resolves when it listens with everything. */
  listening(): Promise<unknown> {
    return this.server.logged(({ message }) => message === 'listening', '"listening"');
  }

  call(method: string, path: string, { body, token, from = '127.0.0.1' }: Sent = {}): Promise<SealedAnswer> {
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
        connection: 'close',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      };
      const sent = request(`${this.server.url}${path}`, { method, headers, localAddress: from }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () => {
          const received = Buffer.concat(parts).toString('utf8');
          const parsed = (received.startsWith('{') ? JSON.parse(received) : { text: received }) as SealedAnswer['body'];
          resolve({ status: answer.statusCode ?? 0, body: parsed, headers: answer.headers });
        });
      });
      sent.on('error', reject);
      sent.end(text);
    });
  }

  unseal(body: object, sent: Omit<Sent, 'body'> = {}): Promise<SealedAnswer> {
    return this.call('POST', `${OPERATOR}/unseal`, { ...sent, body });
  }

  /** Makes the root key. @returns the shares */
  async initialise(body: object): Promise<readonly string[]> {
    const made = await this.call('POST', `${OPERATOR}/init`, { body });
    expect([made.status, made.body]).toEqual([200, expect.anything()]);
    return (made.body['shares'] ?? []) as readonly string[];
  }

  /** With as many shares as are needed; resolves when everything is there. */
  async open(shares: readonly string[]): Promise<void> {
    for (const share of shares) expect((await this.unseal({ share })).status).toBe(200);
    await this.listening();
  }

  async audit(operation: string): Promise<readonly UnsealRecord[]> {
    const found = await this.server.admin('GET', `/api/v1/audit?operation=${operation}&limit=100`);
    return (found.body as { items: readonly UnsealRecord[] }).items.toReversed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.dispose();
  }
}
