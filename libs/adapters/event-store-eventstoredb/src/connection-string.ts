import type { ChannelCredentialOptions } from '@eventstore/db-client';
import { readFileSync } from 'node:fs';

/** A connection string that cannot be used, and why. Never quotes it: it may hold a password. */
export class InvalidConnectionString extends Error {
  override readonly name = 'InvalidConnectionString';
}

export interface EndPoint {
  readonly address: string;
  readonly port: number;
}

export interface Connection {
  /** One server, or a list or a DNS name at which the cluster is asked for its leader. */
  readonly target:
    | { readonly kind: 'single'; readonly endpoint: EndPoint }
    | { readonly kind: 'gossip'; readonly endpoints: readonly EndPoint[] }
    | { readonly kind: 'discover'; readonly discover: EndPoint };
  readonly channel: ChannelCredentialOptions;
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  readonly client: { keepAliveInterval?: number; keepAliveTimeout?: number; connectionName?: string };
}

const FORM = /^esdb(\+discover)?:\/\/(?:([^:@/]+):([^@/]+)@)?([^/?@]+)\/?(?:\?(.*))?$/;
const HOST = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i;
const KNOWN = [
  'tls',
  'tlscafile',
  'usercertfile',
  'userkeyfile',
  'keepaliveinterval',
  'keepalivetimeout',
  'connectionname',
  'nodepreference',
];
const DEFAULT_PORT = 2113;

/** Together with the client's interval of 10 s: how long a connection that died without a word can go unnoticed. */
const KEEP_ALIVE_TIMEOUT_MS = 2_500;

/**
 * Reads a connection string with rules of its own beside the vendor's: the client would ignore credentials on a connection without TLS
 * without a word, and would read from a node that lags behind; both are refused here, and so is an option that nobody knows.
 * @throws InvalidConnectionString
 */
export function parseConnection(text: string): Connection {
  const match = FORM.exec(text.trim());
  if (match === null) throw new InvalidConnectionString('expected esdb://[user:password@]host[:port]?tls=true');
  const [, discover, username, password, hosts = '', query = ''] = match;
  const endpoints = hosts.split(',').map(endpoint);
  const options = parseOptions(query);
  const insecure = flag(options, 'tls', true) === false;
  if (username !== undefined && insecure) {
    throw new InvalidConnectionString('credentials are only sent over TLS: take tls=false away, or the credentials');
  }
  if ((options.get('nodepreference') ?? 'leader').toLowerCase() !== 'leader') {
    throw new InvalidConnectionString(
      'nodePreference must be leader: other nodes may lag behind what was just written',
    );
  }
  return {
    target: target(discover !== undefined, endpoints),
    channel: { insecure, ...(insecure ? {} : certificates(options)) },
    credentials:
      username === undefined || password === undefined
        ? undefined
        : { username: decoded(username), password: decoded(password) },
    client: {
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      ...milliseconds(options, 'keepaliveinterval', 'keepAliveInterval'),
      ...milliseconds(options, 'keepalivetimeout', 'keepAliveTimeout'),
      ...(options.has('connectionname') && { connectionName: options.get('connectionname') }),
    },
  };
}

function target(discover: boolean, endpoints: readonly EndPoint[]): Connection['target'] {
  const [first] = endpoints;
  if (first === undefined) throw new InvalidConnectionString('it names no host');
  if (discover) return { kind: 'discover', discover: first };
  return endpoints.length > 1 ? { kind: 'gossip', endpoints } : { kind: 'single', endpoint: first };
}

function endpoint(host: string): EndPoint {
  const match = HOST.exec(host.trim());
  const port = Number(match?.[2] ?? DEFAULT_PORT);
  if (match?.[1] === undefined || port < 1 || port > 65_535) throw new InvalidConnectionString('a host is host[:port]');
  return { address: match[1], port };
}

function parseOptions(query: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const pair of query === '' ? [] : query.split('&')) {
    const [key = '', value, ...rest] = pair.split('=');
    const name = key.toLowerCase().replaceAll(/[_-]/g, '');
    if (!KNOWN.includes(name)) throw new InvalidConnectionString(`an option is one of ${KNOWN.join(', ')}`);
    if (value === undefined || value === '' || rest.length > 0) {
      throw new InvalidConnectionString(`option ${name} needs one value`);
    }
    options.set(name, decoded(value));
  }
  return options;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidConnectionString('a percent sign stands before two hexadecimal digits');
  }
}

function flag(options: ReadonlyMap<string, string>, name: string, otherwise: boolean): boolean {
  const value = options.get(name)?.toLowerCase();
  if (value === undefined) return otherwise;
  if (value !== 'true' && value !== 'false') throw new InvalidConnectionString(`option ${name} is true or false`);
  return value === 'true';
}

function milliseconds(
  options: ReadonlyMap<string, string>,
  name: string,
  as: 'keepAliveInterval' | 'keepAliveTimeout',
) {
  const value = options.get(name);
  if (value === undefined) return {};
  if (!/^\d{1,9}$/.test(value)) throw new InvalidConnectionString(`option ${name} is a number of milliseconds`);
  return { [as]: Number(value) };
}

function certificates(options: ReadonlyMap<string, string>): ChannelCredentialOptions {
  const read = (name: string): Buffer | undefined => {
    const path = options.get(name);
    return path === undefined ? undefined : readFileSync(path);
  };
  const [rootCertificate, userCertFile, userKeyFile] = ['tlscafile', 'usercertfile', 'userkeyfile'].map(read);
  if ((userCertFile === undefined) !== (userKeyFile === undefined)) {
    throw new InvalidConnectionString('userCertFile and userKeyFile go together');
  }
  return {
    ...(rootCertificate && { rootCertificate }),
    ...(userCertFile && { userCertFile }),
    ...(userKeyFile && { userKeyFile }),
  };
}
