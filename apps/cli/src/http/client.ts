import { fetchCodeOf } from '../error-code.js';
import { Failure } from '../failure.js';
import { problemSentence } from './problem.js';

export interface ClientOptions {
  readonly url: URL;
  /** Absent: a sealed service asks for none. */
  readonly token?: string;
  readonly region?: string;
  readonly reason?: string;
  /** How long one answer may take; 120 s by default. */
  readonly timeoutMs?: number;
}

/** Values that are undefined are left out. */
export type QueryValues = Readonly<Record<string, string | number | undefined>>;

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

const TIMEOUT_MS = 120_000;

/** The admin API, as commands use it. Whatever is no success is a {@link Failure} with a sentence in it. */
export class AdminClient {
  constructor(private readonly options: ClientOptions) {}

  /** @param path behind `/api/v1` */
  get<T>(path: string, query: QueryValues = {}): Promise<T> {
    return this.send<T>('GET', path, query, undefined);
  }

  post<T>(path: string, body?: unknown): Promise<T> {
    return this.send<T>('POST', path, {}, body);
  }

  put<T>(path: string, body?: unknown): Promise<T> {
    return this.send<T>('PUT', path, {}, body);
  }

  /** The bytes of an answer as they come. They may take their time, but each piece has to come within the time limit. */
  async *stream(path: string): AsyncGenerator<Uint8Array, void, undefined> {
    const { timeoutMs = TIMEOUT_MS, url } = this.options;
    const silence = new AbortController();
    const restart = (timer?: NodeJS.Timeout): NodeJS.Timeout => {
      clearTimeout(timer);
      return setTimeout(() => silence.abort(new DOMException('nothing came', 'TimeoutError')), timeoutMs);
    };
    let timer = restart();
    try {
      const answer = await this.fetch('POST', this.address(path, {}), undefined, silence.signal);
      if (!answer.ok || answer.body === null) throw await refusal(answer);
      for await (const piece of answer.body) {
        timer = restart(timer);
        yield piece;
      }
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure(`The answer of ${url.origin} broke off (${fetchCodeOf(error)}).`);
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  }

  /** One page; with `all`, every page as one. */
  async list<P extends Page<unknown>>(path: string, query: QueryValues, all: boolean): Promise<P> {
    let page = await this.get<P>(path, query);
    const items = [...page.items];
    while (all && page.next !== null) {
      page = await this.get<P>(path, { ...query, cursor: page.next });
      items.push(...page.items);
    }
    return { ...page, items };
  }

  private async send<T>(method: string, path: string, query: QueryValues, body: unknown): Promise<T> {
    const answer = await this.fetch(method, this.address(path, query), body);
    const text = await answer.text().catch((error: unknown) => {
      throw new Failure(`The answer of ${this.options.url.origin} broke off (${fetchCodeOf(error)}).`);
    });
    const parsed = parse(text, answer.headers.get('content-type'));
    if (!answer.ok) throw new Failure(problemSentence(answer.status, parsed), parsed ?? { status: answer.status });
    if (text !== '' && parsed === undefined) {
      throw new Failure(
        `${this.options.url.origin} answered with something else than JSON. Is it the address of the service (--url)?`,
      );
    }
    return parsed as T;
  }

  private address(path: string, query: QueryValues): URL {
    const { url, region } = this.options;
    const address = new URL(`${url.pathname.replace(/\/$/, '')}/api/v1${path}`, url);
    for (const [name, value] of Object.entries({ ...query, region: query['region'] ?? region })) {
      if (value !== undefined) address.searchParams.append(name, String(value));
    }
    return address;
  }

  private async fetch(method: string, address: URL, body: unknown, signal?: AbortSignal): Promise<Response> {
    const { token, reason, timeoutMs = TIMEOUT_MS, url } = this.options;
    const headers: Record<string, string> = { accept: 'application/json' };
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
    // Header values are bytes, which fetch takes as Latin-1.
    if (reason !== undefined) headers['x-claviger-reason'] = Buffer.from(reason, 'utf8').toString('latin1');
    if (body !== undefined) headers['content-type'] = 'application/json';
    try {
      return await fetch(address, {
        method,
        headers,
        // The token goes to the address that was named, to no other.
        redirect: 'error',
        signal: signal ?? AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new Failure(unreachable(url.origin, fetchCodeOf(error)));
    }
  }
}

async function refusal(answer: Response): Promise<Failure> {
  const parsed = parse(await answer.text(), answer.headers.get('content-type'));
  return new Failure(problemSentence(answer.status, parsed), parsed ?? { status: answer.status });
}

function parse(text: string, type: string | null): unknown {
  if (text === '' || type?.includes('json') !== true) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function unreachable(origin: string, cause: string): string {
  switch (cause) {
    case 'ECONNREFUSED':
      return `Nothing listens at ${origin}. Start the service (npm start), or name another address with --url or CLAVIGER_URL.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name in ${origin} cannot be resolved. Check --url or CLAVIGER_URL.`;
    case 'TIMEOUT':
      return `${origin} did not answer in time. Whether the call took effect is not known; look before you repeat it.`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `The certificate of ${origin} is of an authority that is not trusted here. Name the file of its certificate in NODE_EXTRA_CA_CERTS.`;
    default:
      return `${origin} could not be asked (${cause}). Whether the call took effect is not known; look before you repeat it.`;
  }
}
