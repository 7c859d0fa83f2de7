import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type SigningAlgorithm, verifyMessage } from '@claviger/crypto';
import { HsmOverloaded, HsmUnavailable } from '@claviger/ports';
import { answerDigestJob } from './digest-job.js';
import { DigestWorkers } from './digest-workers.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const ed25519 = generateKeyPairSync('ed25519');
const digest = (hash: string): Uint8Array => createHash(hash).update('what is signed').digest();

/** Worker threads load compiled files only: the entry and what it imports, compiled as the build does it. */
function compiledEntry(folder: string): URL {
  const root = repositoryRoot();
  execFileSync(
    process.execPath,
    [
      join(root, 'node_modules/.bin/swc'),
      'libs/crypto/src',
      'libs/adapters/hsm-software/src',
      '-d',
      folder,
      '--ignore',
      '**/*.spec.ts',
    ],
    { cwd: root, stdio: 'pipe' },
  );
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return pathToFileURL(join(folder, 'libs/adapters/hsm-software/src/digest-worker.js'));
}

function repositoryRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package-lock.json'))) folder = dirname(folder);
  return folder;
}

describe('DigestWorkers', () => {
  let folder: string;
  let entry: URL;
  let workers: DigestWorkers;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-worker-'));
    entry = compiledEntry(folder);
  }, 60_000);

  beforeEach(() => {
    workers = new DigestWorkers({ random: randomBytes, entry, threads: 2 });
  });

  afterEach(() => workers.close());
  afterAll(() => rmSync(folder, { recursive: true }));

  it('signs digests that the public key verifies, several at once', async () => {
    const [pkcs1, ecdsa, ph, pss] = await Promise.all([
      workers.sign(rsa.privateKey, 'RSASSA_PKCS1_V1_5_SHA_256', digest('sha256')),
      workers.sign(p256.privateKey, 'ECDSA_SHA_256', digest('sha256')),
      workers.sign(ed25519.privateKey, 'ED25519_PH_SHA_512', digest('sha512')),
      workers.sign(rsa.privateKey, 'RSASSA_PSS_SHA_512', digest('sha512')),
    ]);
    const message = Buffer.from('what is signed');
    expect(verify('sha256', message, rsa.publicKey, pkcs1)).toBe(true);
    expect(verify('sha256', message, p256.publicKey, ecdsa)).toBe(true);
    const holds = (key: typeof rsa.publicKey, algorithm: SigningAlgorithm, signature: Uint8Array): Promise<boolean> =>
      verifyMessage(key, algorithm, 'DIGEST', digest('sha512'), signature);
    expect(await holds(ed25519.publicKey, 'ED25519_PH_SHA_512', ph)).toBe(true);
    expect(await holds(rsa.publicKey, 'RSASSA_PSS_SHA_512', pss)).toBe(true);
  });

  it('draws a new salt for each signature', async () => {
    const [a, b] = await Promise.all(
      [1, 2].map(() => workers.sign(rsa.privateKey, 'RSASSA_PSS_SHA_256', digest('sha256'))),
    );
    expect(Buffer.from(a ?? []).equals(Buffer.from(b ?? []))).toBe(false);
  });

  it('passes on why a signature failed, and goes on', async () => {
    await expect(workers.sign(p256.privateKey, 'RSASSA_PSS_SHA_256', digest('sha256'))).rejects.toThrow('RSA key');
    await workers.sign(p256.privateKey, 'ECDSA_SHA_256', digest('sha256'));
  });

  it('fails the call of a thread that dies, and starts another for the next', async () => {
    const deadly = join(folder, 'deadly.mjs');
    writeFileSync(
      deadly,
      "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit(3));",
    );
    const dying = new DigestWorkers({ random: randomBytes, entry: pathToFileURL(deadly), threads: 1 });
    for (let i = 0; i < 2; i++) {
      await expect(dying.sign(p256.privateKey, 'ECDSA_SHA_256', digest('sha256'))).rejects.toBeInstanceOf(
        HsmUnavailable,
      );
    }
    await dying.close();
  });

  it('is unavailable when its entry cannot be loaded', async () => {
    const missing = new DigestWorkers({ random: randomBytes, entry: pathToFileURL(join(folder, 'missing.js')) });
    await expect(missing.sign(p256.privateKey, 'ECDSA_SHA_256', digest('sha256'))).rejects.toBeInstanceOf(
      HsmUnavailable,
    );
    await missing.close();
  });

  it('refuses calls beyond its bound, and all once it was closed', async () => {
    const narrow = new DigestWorkers({ random: randomBytes, entry, threads: 1, mostWaiting: 1 });
    const sign = (): Promise<Uint8Array> => narrow.sign(p256.privateKey, 'ECDSA_SHA_256', digest('sha256'));
    const answers = [sign(), sign()];
    await expect(sign()).rejects.toBeInstanceOf(HsmOverloaded);
    await Promise.all(answers);
    await narrow.close();
    await expect(sign()).rejects.toBeInstanceOf(HsmUnavailable);
  });

  it('fails the call that a thread has not answered when it is closed', async () => {
    const silent = join(folder, 'silent.mjs');
    writeFileSync(silent, "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => {});");
    const workers = new DigestWorkers({ random: randomBytes, entry: pathToFileURL(silent), threads: 1 });
    const running = workers.sign(p256.privateKey, 'ECDSA_SHA_256', digest('sha256'));
    const failed = expect(running).rejects.toBeInstanceOf(HsmUnavailable);
    await workers.close();
    await failed;
  });

  it('answers a job that needs more random bytes than it brought with an error, not with a weak signature', async () => {
    const job = {
      id: 1,
      key: rsa.privateKey,
      algorithm: 'RSASSA_PSS_SHA_512' as const,
      digest: digest('sha512'),
      random: new Uint8Array(63),
    };
    expect(await answerDigestJob(job)).toEqual({ id: 1, error: expect.stringContaining('random source') });
  });
});
