/**
 * What the service is measured against: one file, node:http alone, the same JSON, the same Signature Version 4, the same cryptography
 * with KeyObjects; no key state, no policy, no audit, no journal. It keeps one AES-256 key and one P-256 key in memory.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  randomBytes,
  randomFillSync,
  randomUUID,
  sign,
  timingSafeEqual,
} from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const KEY_ID = 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-4000-8000-000000000000';
const SKEW_MS = 5 * 60 * 1000;
const accessKeyId = process.env['BARE_ACCESS_KEY_ID'] ?? '';
const secretAccessKey = process.env['BARE_SECRET_ACCESS_KEY'] ?? '';
const key = createSecretKey(randomBytes(32));
const signingPair = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

class Refused extends Error {}

// --- Signature Version 4 ---

const signingKeys = new Map<string, KeyObject>();

function signingKey(scope: string): KeyObject {
  const known = signingKeys.get(scope);
  if (known !== undefined) return known;
  let derived: Buffer = Buffer.from(`AWS4${secretAccessKey}`);
  for (const part of scope.split('/')) derived = createHmac('sha256', derived).update(part).digest();
  const made = createSecretKey(derived);
  signingKeys.set(scope, made);
  return made;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

function verify(request: IncomingMessage, body: Buffer): void {
  const { headers } = request;
  const parts = AUTHORIZATION.exec(headers.authorization ?? '');
  if (parts === null) throw new Refused('IncompleteSignatureException');
  const [, id, scope = '', signedHeaders = '', signature = ''] = parts;
  if (id !== accessKeyId) throw new Refused('UnrecognizedClientException');
  const at = String(headers['x-amz-date']);
  const time = Date.parse(
    `${at.slice(0, 4)}-${at.slice(4, 6)}-${at.slice(6, 8)}T${at.slice(9, 11)}:${at.slice(11, 13)}:${at.slice(13, 15)}Z`,
  );
  if (!(Math.abs(Date.now() - time) <= SKEW_MS) || !scope.startsWith(at.slice(0, 8)))
    throw new Refused('SignatureExpired');
  const bodyHash = hash('sha256', body, 'hex');
  if (headers['x-amz-content-sha256'] !== undefined && headers['x-amz-content-sha256'] !== bodyHash) {
    throw new Refused('InvalidSignatureException');
  }
  let canonical = 'POST\n/\n\n';
  for (const name of signedHeaders.split(';')) canonical += `${name}:${String(headers[name]).trim()}\n`;
  canonical += `\n${signedHeaders}\n${bodyHash}`;
  const toSign = `AWS4-HMAC-SHA256\n${at}\n${scope}\n${hash('sha256', canonical, 'hex')}`;
  const expected = createHmac('sha256', signingKey(scope)).update(toSign).digest();
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) throw new Refused('InvalidSignatureException');
}

// --- Cryptography: header ‖ IV ‖ ciphertext ‖ tag, header and encryption context as additional data ---

const HEADER = Buffer.concat([Buffer.from('BAR1'), randomBytes(16), Buffer.from([0, 0, 0, 1, 1])]);
let ivs = Buffer.alloc(0);
let ivAt = 0;

function nextIv(): Buffer {
  if (ivAt === ivs.length) {
    ivs = randomFillSync(Buffer.allocUnsafe(12 * 1024));
    ivAt = 0;
  }
  ivAt += 12;
  return ivs.subarray(ivAt - 12, ivAt);
}

function additionalData(context: Record<string, string> | undefined): Buffer {
  if (context === undefined) return HEADER;
  const sorted = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat([HEADER, Buffer.from(JSON.stringify(sorted))]);
}

function encrypt(plaintext: Buffer, context: Record<string, string> | undefined): string {
  const iv = nextIv();
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(additionalData(context));
  return Buffer.concat([HEADER, iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

function decrypt(blob: Buffer, context: Record<string, string> | undefined): Buffer {
  const at = HEADER.length;
  if (blob.length < at + 28 || !blob.subarray(0, at).equals(HEADER)) throw new Refused('InvalidCiphertextException');
  const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(at, at + 12), { authTagLength: 16 });
  decipher.setAAD(additionalData(context)).setAuthTag(blob.subarray(-16));
  return Buffer.concat([decipher.update(blob.subarray(at + 12, -16)), decipher.final()]);
}

interface Input {
  readonly Plaintext?: string;
  readonly CiphertextBlob?: string;
  readonly Message?: string;
  readonly EncryptionContext?: Record<string, string>;
}

function operate(operation: string, input: Input): object {
  switch (operation) {
    case 'TrentService.Encrypt': {
      const CiphertextBlob = encrypt(Buffer.from(input.Plaintext ?? '', 'base64'), input.EncryptionContext);
      return { CiphertextBlob, KeyId: KEY_ID, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
    }
    case 'TrentService.Decrypt': {
      const plaintext = decrypt(Buffer.from(input.CiphertextBlob ?? '', 'base64'), input.EncryptionContext);
      return { KeyId: KEY_ID, Plaintext: plaintext.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
    }
    case 'TrentService.GenerateDataKey': {
      const dataKey = randomBytes(32);
      const CiphertextBlob = encrypt(dataKey, input.EncryptionContext);
      return { CiphertextBlob, Plaintext: dataKey.toString('base64'), KeyId: KEY_ID };
    }
    case 'TrentService.Sign': {
      const signature = sign('sha256', Buffer.from(input.Message ?? '', 'base64'), signingPair).toString('base64');
      return { KeyId: KEY_ID, Signature: signature, SigningAlgorithm: 'ECDSA_SHA_256' };
    }
    default:
      throw new Refused('UnknownOperationException');
  }
}

// --- HTTP ---

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
  });
  response.end(text);
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    try {
      const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
      verify(request, body);
      const input = JSON.parse(body.toString('utf8')) as Input;
      answer(response, 200, JSON.stringify(operate(String(request.headers['x-amz-target']), input)));
    } catch (error) {
      const type = error instanceof Refused ? error.message : 'KMSInternalException';
      answer(response, error instanceof Refused ? 400 : 500, JSON.stringify({ __type: type }));
    }
  });
});
server.keepAliveTimeout = 72_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stderr.write(`${JSON.stringify({ level: 'info', message: 'listening', url: `http://127.0.0.1:${port}` })}\n`);
});
process.once('SIGTERM', () => process.exit(0));
