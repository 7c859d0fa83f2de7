import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import {
  builtTestCode,
  pinnedNode,
  repositoryRoot,
  ServerProcess,
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from '@claviger/testing';
import { signCall, type SignedRequest, type Target } from '../servers/sign.js';
import { writeRequests } from './wrk.js';

export const OPERATIONS = ['Encrypt', 'Decrypt', 'GenerateDataKey', 'Sign'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** A server under load, with what its requests need. */
export interface Contender {
  readonly name: string;
  readonly pid: number;
  readonly target: Target;
  readonly bodies: Readonly<Record<Operation, string>>;
  stop(): Promise<void>;
}

const CONTEXT = { tenant: 'tenant-0042', purpose: 'customer-data' };
/** Different requests in turn, so that no layer can profit from seeing the same bytes again. */
const REQUESTS = 256;

/** The service on folders of its own. `probe`: with 20 µs more per answer. */
export async function startClaviger(
  name: string,
  options: TestServerOptions & { probe?: boolean } = {},
): Promise<Contender> {
  const probe = join(repositoryRoot(), 'test', 'bench', 'probe.mjs');
  const server = await startTestServer({
    ...options,
    ...(options.probe === true ? { nodeArguments: ['--import', probe] } : {}),
  });
  try {
    return await contender(name, server);
  } catch (error) {
    await server.dispose();
    throw error;
  }
}

/** A running server, with keys of its own. `stop` stops it too. */
export async function contender(name: string, server: TestServer): Promise<Contender> {
  const kms = server.kmsClient();
  const symmetric = await kms.send(new CreateKeyCommand({}));
  const signing = await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }));
  const bodies = await bodiesFor(server, symmetric.KeyMetadata?.KeyId ?? '', signing.KeyMetadata?.KeyId ?? '');
  return { name, pid: server.pid, target: server, bodies, stop: () => stopped(server) };
}

async function stopped(server: TestServer): Promise<void> {
  try {
    if (server.running) await server.stop();
  } finally {
    await server.dispose();
  }
}

export async function startBare(): Promise<Contender> {
  const root = repositoryRoot();
  const credentials = { accessKeyId: 'AKIABAREBAREBAREBARE', secretAccessKey: randomBytes(30).toString('base64') };
  const process_ = new ServerProcess({
    node: pinnedNode(root),
    nodeArguments: [],
    entry: join(builtTestCode(root), 'test', 'bench', 'bare-server.js'),
    cwd: root,
    env: { BARE_ACCESS_KEY_ID: credentials.accessKeyId, BARE_SECRET_ACCESS_KEY: credentials.secretAccessKey },
    ipc: false,
  });
  const { url } = await process_.logged(({ message }) => message === 'listening', '"listening"', 10_000);
  const target: Target = { url: String(url), region: 'us-east-1', credentials };
  const keyId = '00000000-0000-4000-8000-000000000000';
  const bodies = await bodiesFor(target, keyId, keyId);
  const stop = async (): Promise<void> => {
    process_.signal('SIGTERM');
    await process_.exited;
  };
  return { name: 'bare node:http', pid: process_.pid, target, bodies, stop };
}

async function bodiesFor(target: Target, symmetric: string, signing: string): Promise<Contender['bodies']> {
  const encrypt = encryptBody(symmetric);
  const { CiphertextBlob } = await call(target, 'Encrypt', encrypt);
  const message = randomBytes(64).toString('base64');
  return {
    Encrypt: encrypt,
    Decrypt: JSON.stringify({ CiphertextBlob, EncryptionContext: CONTEXT }),
    GenerateDataKey: JSON.stringify({ KeyId: symmetric, KeySpec: 'AES_256', EncryptionContext: CONTEXT }),
    Sign: JSON.stringify({ KeyId: signing, Message: message, MessageType: 'RAW', SigningAlgorithm: 'ECDSA_SHA_256' }),
  };
}

/** 64 bytes and a context: what a token or a card number with its owner comes to. */
export function encryptBody(keyId: string): string {
  return JSON.stringify({ KeyId: keyId, Plaintext: randomBytes(64).toString('base64'), EncryptionContext: CONTEXT });
}

/** One call. @throws for any answer but 200 */
export async function call(target: Target, operation: string, body: string): Promise<Record<string, unknown>> {
  // `fetch` sets the host, length and connection itself.
  const { host: _, 'content-length': __, ...headers } = signCall(target, operation, body, { now: Date.now() }).headers;
  const answer = await fetch(target.url, { method: 'POST', headers, body });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${operation}: ${answer.status} ${text}`);
  return JSON.parse(text === '' ? '{}' : text) as Record<string, unknown>;
}

/** Signs requests for the next minutes and leaves them in a file for wrk. */
export function prepareLoad(folder: string, { name, target, bodies }: Contender, operation: Operation): string {
  const file = join(folder, `${name.replaceAll(/\W+/g, '-')}-${operation}.requests`);
  const now = Date.now();
  const requests: SignedRequest[] = [];
  for (let index = 0; index < REQUESTS; index += 1)
    requests.push(signCall(target, operation, bodies[operation], { now }));
  writeRequests(file, requests);
  return file;
}
