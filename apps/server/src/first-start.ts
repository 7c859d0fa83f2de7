import { chmodSync, closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SecretBytes } from '@claviger/crypto';
import type { Bootstrap } from '@claviger/application';
import type { Ids, Logger, Settings } from '@claviger/platform';

/** Where and how the credentials of a first start are handed over. */
export interface Terminal {
  readonly isTty: boolean;
  readonly print: (text: string) => void;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * Makes the account and its administrator, once. Generated secrets are on disk, and synced, before anything can depend on them: a start
 * that dies after that leaves a file from which the operator (or the next start) goes on.
 */
export async function firstStart(
  settings: Settings,
  bootstrap: Bootstrap,
  ids: Ids,
  logger: Logger,
  terminal: Terminal,
): Promise<void> {
  const { account, regions } = settings;
  const [region] = regions;
  await bootstrap.createAccount(account, region);
  const existing = await bootstrap.administrator(account);
  if (existing !== undefined) {
    warnOfIgnored(settings, existing, logger);
    return;
  }
  const given = settings.bootstrap;
  const accessKeyId = given.accessKey?.id ?? `AKIA${encode(ids.random(10))}`;
  const secretAccessKey =
    given.accessKey?.secret ?? SecretBytes.take(Buffer.from(Buffer.from(ids.random(30)).toString('base64')));
  const token =
    given.token ?? SecretBytes.take(Buffer.from(`clv_${Buffer.from(ids.random(32)).toString('base64url')}`));
  const generated = {
    accessKeyId,
    ...(given.accessKey === null ? { secretAccessKey: text(secretAccessKey) } : {}),
    ...(given.token === null ? { token: text(token) } : {}),
    region,
  };
  const everythingGiven = given.accessKey !== null && given.token !== null;
  const file = join(dirname(rootFileOf(settings)), 'first-credentials.json');
  // 1. On disk and synced. A file of a start that died is replaced: its credentials never became valid.
  if (!everythingGiven) writeCredentials(file, generated);
  // 2. Valid.
  await bootstrap.createAdministrator(account, region, { accessKeyId, secretAccessKey, token });
  // 3. Handed over.
  if (everythingGiven) {
    logger.info('the administrator has the credentials that were given', { account, accessKeyId });
    return;
  }
  if (!terminal.isTty) {
    logger.info('first credentials of the administrator were written; read them and remove the file', { file });
    return;
  }
  terminal.print(greeting(generated, settings));
  rmSync(file);
}

/** What keeps the root key: a file in a folder beside the data that is private to operators. */
export const rootFileOf = ({ seal, sealKeyfile, sealFile }: Settings): string =>
  seal === 'keyfile' ? sealKeyfile : sealFile;

const text = (secret: SecretBytes): string => secret.use((bytes) => Buffer.from(bytes).toString('utf8'));

/** Base 32 (RFC 4648) without padding: 10 bytes give the 16 characters of an access key id. */
function encode(bytes: Uint8Array): string {
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  let encoded = '';
  for (let left = (bytes.length * 8) / 5; left > 0; left -= 1) {
    encoded = (ALPHABET[Number(bits & 31n)] ?? '') + encoded;
    bits >>= 5n;
  }
  return encoded;
}

function writeCredentials(file: string, credentials: object): void {
  rmSync(file, { force: true });
  const handle = openSync(file, 'wx', 0o600);
  try {
    writeSync(handle, `${JSON.stringify(credentials, null, 2)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  chmodSync(file, 0o600);
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function warnOfIgnored(
  settings: Settings,
  existing: { accessKeys: readonly { accessKeyId: string }[] },
  logger: Logger,
): void {
  const id = settings.bootstrap.accessKey?.id;
  if (id !== undefined && !existing.accessKeys.some((key) => key.accessKeyId === id)) {
    logger.warn(
      "CLAVIGER_BOOTSTRAP_ACCESS_KEY_ID differs from the first administrator's and is ignored: it counts at the first start only",
      {
        found: id,
      },
    );
  }
}

function greeting(
  generated: { accessKeyId: string; secretAccessKey?: string; token?: string; region: string },
  settings: Settings,
): string {
  const scheme = settings.tls === null ? 'http' : 'https';
  const lines = ['', "First start. The administrator's credentials, shown this once:", ''];
  lines.push(`  export AWS_ACCESS_KEY_ID=${generated.accessKeyId}`);
  if (generated.secretAccessKey !== undefined)
    lines.push(`  export AWS_SECRET_ACCESS_KEY=${generated.secretAccessKey}`);
  lines.push(`  export AWS_DEFAULT_REGION=${generated.region}`);
  if (generated.token !== undefined) lines.push(`  export CLAVIGER_TOKEN=${generated.token}`);
  const url = `${scheme}://${settings.host}:${settings.port}`;
  lines.push('', 'A first key:', '', `  aws kms create-key --description my-first-key --endpoint-url ${url}`, '');
  if (settings.seal === 'keyfile') {
    lines.push(`The root key is a file (${settings.sealKeyfile}): good for development, not for production.`, '');
  }
  return lines.join('\n');
}
