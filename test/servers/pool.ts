import { Agent, request } from 'node:http';
import { signCall, type SignedRequest, type Target } from './sign.js';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Calls over kept connections, without an SDK in between: for loads of many calls, and for requests that no SDK would send. */
export class Pool {
  private readonly agent: Agent;

  constructor(
    readonly target: Target,
    connections = 32,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Signs and sends now. @throws for a broken connection, never for a status */
  call(operation: string, body: string): Promise<Answer> {
    return this.send(signCall(this.target, operation, body, { now: Date.now() }));
  }

  /** Sends exactly these headers and bytes. */
  send({ headers, body }: SignedRequest): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(this.target.url, { method: 'POST', agent: this.agent, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part));
        answer.once('error', reject);
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }));
      });
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** Runs `work` for each item, `width` of them at a time. The first rejection stops it. */
export async function each<T>(items: Iterable<T>, width: number, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
