import { join } from 'node:path';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { startTestServer, type TestServer } from '@claviger/testing';
import { signCall } from '../servers/sign.js';
import { call, encryptBody } from './contender.js';
import { cpuSeconds } from './machine.js';
import { Progress } from './progress.js';
import { figureRow, type Figure, type Report, short, table } from './report.js';
import { median, medianRatio } from './statistics.js';
import { type ThroughputOptions } from './throughput.js';
import { runLoad, writeRequests } from './wrk.js';

const FLAT = 1.25;

interface Key {
  readonly versions: number;
  readonly keyId: string;
  /** Under its first version. */
  readonly oldest: unknown;
  readonly encrypt: number[];
  readonly decrypt: number[];
}

/** Keys with ever more versions, on one server: neither the newest nor the oldest version may cost more for that. */
export async function benchVersions(
  report: Report,
  options: ThroughputOptions & { readonly counts: readonly number[] },
): Promise<void> {
  const server = await startTestServer();
  try {
    const rotating = new Progress(
      'rotations',
      options.counts.reduce((sum, count) => sum + count - 1, 0),
    );
    const keys: Key[] = [];
    for (const versions of options.counts) keys.push(await keyWith(server, versions, rotating));
    const progress = new Progress('cost per call by versions', options.rounds);
    for (let round = -1; round < options.rounds; round += 1) {
      for (const key of round % 2 === 0 ? keys : keys.toReversed()) await measure(server, key, options, round >= 0);
      if (round >= 0) progress.step();
    }
    const figures = keys.flatMap((key) => figuresOf(key, keys[0] ?? key));
    console.log(
      table(
        ['versions', 'Encrypt cpu µs', 'Decrypt (oldest) cpu µs'],
        keys.map(({ versions, encrypt, decrypt }) => [
          String(versions),
          short(median(encrypt)),
          short(median(decrypt)),
        ]),
      ),
    );
    console.log(`\n${table(['figure', 'value', 'ratio', 'target', ''], figures.map(figureRow))}`);
    report.add(...figures);
  } finally {
    await server.dispose();
  }
}

async function keyWith(server: TestServer, versions: number, progress: Progress): Promise<Key> {
  const made = await server.kmsClient().send(new CreateKeyCommand({}));
  const keyId = made.KeyMetadata?.KeyId ?? '';
  const { CiphertextBlob } = await call(server, 'Encrypt', encryptBody(keyId));
  for (let version = 1; version < versions; version += 1) {
    // Over AWS a key has at most 25 rotations on demand.
    const { status, body } = await server.admin('POST', `/api/v1/keys/${keyId}/rotate`, {});
    if (status !== 200) throw new Error(`rotate: ${status} ${JSON.stringify(body)}`);
    progress.step();
  }
  return { versions, keyId, oldest: CiphertextBlob, encrypt: [], decrypt: [] };
}

async function measure(
  server: TestServer,
  key: Key,
  { folder, seconds }: ThroughputOptions,
  counts: boolean,
): Promise<void> {
  const { EncryptionContext } = JSON.parse(encryptBody(key.keyId)) as { EncryptionContext: object };
  const decryptBody = JSON.stringify({ CiphertextBlob: key.oldest, EncryptionContext });
  for (const [operation, body, times] of [
    ['Encrypt', encryptBody(key.keyId), key.encrypt],
    ['Decrypt', decryptBody, key.decrypt],
  ] as const) {
    const file = join(folder, `versions-${operation}.requests`);
    const now = Date.now();
    writeRequests(
      file,
      Array.from({ length: 64 }, () => signCall(server, operation, body, { now })),
    );
    const before = cpuSeconds(server.pid);
    const load = await runLoad({ url: server.url, file, connections: 64, seconds });
    if (counts) times.push(((cpuSeconds(server.pid) - before) * 1e6) / load.requests);
  }
}

function figuresOf(key: Key, first: Key): Figure[] {
  return (['encrypt', 'decrypt'] as const).map((use) => ({
    name: `cost of ${use === 'encrypt' ? 'Encrypt' : 'Decrypt of the oldest'} with ${key.versions} version${key.versions === 1 ? '' : 's'}`,
    value: median(key[use]),
    unit: 'µs of CPU',
    ratio: medianRatio(key[use], first[use]),
    against: `${first.versions} version`,
    target: { atMost: FLAT },
  }));
}
