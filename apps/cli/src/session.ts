import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Cli } from './cli.js';
import { codeOf } from './error-code.js';
import { UsageError } from './failure.js';
import { AdminClient } from './http/client.js';
import type { Io } from './io.js';

export const DEFAULT_URL = 'http://127.0.0.1:7070';

/** The global options, as every command sees them. */
export interface GlobalOptions {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly region?: string;
  readonly reason?: string;
  readonly json?: boolean;
}

/** A command that talks to the service. */
export interface Session {
  readonly io: Io;
  readonly client: AdminClient;
  readonly json: boolean;
}

/** @throws UsageError without a token, or with an address that is none */
export function openSession(command: Command, { io }: Cli): Session {
  const options = command.optsWithGlobals<GlobalOptions>();
  const url = addressOf(options.url ?? io.env['CLAVIGER_URL'] ?? DEFAULT_URL);
  const token = tokenOf(options, io);
  if (token === undefined) throw new UsageError('No token: set CLAVIGER_TOKEN, or name a file with --token-file.');
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    io.err(`claviger: warning: ${url.origin} is not encrypted; the token can be read on its way.\n`);
  }
  return sessionOf(options, io, url, token);
}

/**
 * For what opens the root key: a sealed service knows nobody, so a token is only sent where there is one. What is given here must not
 * be read on its way.
 * @throws UsageError for an address that is none, or is not encrypted
 */
export function openSealSession(command: Command, { io }: Cli): Session & { readonly hasToken: boolean } {
  const options = command.optsWithGlobals<GlobalOptions>();
  const url = addressOf(options.url ?? io.env['CLAVIGER_URL'] ?? DEFAULT_URL);
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new UsageError(
      `${url.origin} is not encrypted: who listens would have what opens the root key. Use https, or a tunnel to the machine itself.`,
    );
  }
  const token = tokenOf(options, io);
  return { ...sessionOf(options, io, url, token), hasToken: token !== undefined };
}

function sessionOf(options: GlobalOptions, io: Io, url: URL, token: string | undefined): Session {
  const { region, reason } = options;
  const client = new AdminClient({
    url,
    ...(token === undefined ? {} : { token }),
    ...(region === undefined ? {} : { region }),
    ...(reason === undefined ? {} : { reason }),
  });
  return { io, client, json: options.json === true };
}

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new UsageError(
      `The address of the service must be like ${DEFAULT_URL}, found ${JSON.stringify(text)} (--url or CLAVIGER_URL).`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(
      'The address of the service has no place for credentials. Set CLAVIGER_TOKEN, or use --token-file.',
    );
  }
  return url;
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

function tokenOf({ tokenFile }: GlobalOptions, { env }: Io): string | undefined {
  const text = tokenFile === undefined ? env['CLAVIGER_TOKEN'] : readToken(tokenFile);
  const token = text?.trim() ?? '';
  if (token === '') return undefined;
  // A header cannot hold anything else, and the error that fetch makes of it would print the token.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new UsageError('The token must be visible ASCII characters on one line.');
  return token;
}

/** The token alone, or the JSON file that the first start leaves. */
function readToken(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--token-file ${path} cannot be read (${codeOf(error)}).`);
  }
  if (!text.trimStart().startsWith('{')) return text;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'token' in parsed && typeof parsed.token === 'string') {
      return parsed.token;
    }
  } catch {
    // Said below, without any of its content.
  }
  throw new UsageError(`--token-file ${path} has no "token".`);
}
