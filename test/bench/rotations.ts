import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { SqliteEventStore } from '@claviger/adapters/event-store-sqlite';
import { HmacSha256 } from '@claviger/crypto';
import { AuthenticatedEventStore } from '@claviger/ports';
import { startTestServer, type TestServer } from '@claviger/testing';
import { each } from '../servers/pool.js';
import { signCall } from '../servers/sign.js';
import { Progress } from './progress.js';
import type { Figure } from './report.js';
import { median, medianRatio } from './statistics.js';
import type { ThroughputOptions } from './throughput.js';
import { runLoad, writeRequests } from './wrk.js';

const CALLERS = 64;
const KEYS = 400;
/** On demand and per key, over AWS. */
const MOST_ROTATIONS = 25;
/** As large as the events of a rotation. */
const DATA = JSON.stringify({ material: 'x'.repeat(110), version: 2 });
const METADATA = JSON.stringify({ detail: 'x'.repeat(380) });
/** What a rotation costs at least: one append. It also makes material, seals it, anchors a number and folds two events. */
const AT_LEAST = 0.06;

/** Whole rotations over AWS KMS by 64 callers on as many keys at a time, beside appends of one event by as many. */
export async function benchRotations(options: ThroughputOptions): Promise<Figure[]> {
  const server = await startTestServer();
  const folder = mkdtempSync(join(options.folder, 'rotations-'));
  try {
    const rotations: number[] = [];
    const appends: number[] = [];
    const progress = new Progress('rotations', options.rounds);
    for (let round = -1; round < options.rounds; round += 1) {
      const { seconds } = options;
      const file = await prepare(server, folder);
      const runs = [
        async () => rotations.push(await rotate(server.url, file, seconds)),
        async () => appends.push(await groupedAppends(folder, seconds)),
      ];
      for (const run of round % 2 === 0 ? runs : runs.reverse()) await run();
      // The first round is for the compiler.
      if (round < 0) for (const list of [rotations, appends]) list.length = 0;
      else progress.step();
    }
    const against = 'grouped appends';
    return [
      { name: `${against}, ${CALLERS} callers`, value: median(appends), unit: 'events/s', ratio: null, against: null },
      {
        name: `rotations, ${CALLERS} callers`,
        value: median(rotations),
        unit: 'rotations/s',
        ratio: medianRatio(rotations, appends),
        against,
        target: { atLeast: AT_LEAST },
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await server.dispose();
  }
}

/** New keys, each rotated as often as AWS allows on demand; the same key never twice in a row. */
async function prepare(server: TestServer, folder: string): Promise<string> {
  const kms = server.kmsClient();
  const keyIds: string[] = [];
  await each(Array(KEYS).keys(), CALLERS, async () => {
    keyIds.push((await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '');
  });
  kms.destroy();
  const now = Date.now();
  const requests = Array.from({ length: MOST_ROTATIONS }, () =>
    keyIds.map((KeyId) => signCall(server, 'RotateKeyOnDemand', JSON.stringify({ KeyId }), { now })),
  );
  const file = join(folder, 'rotate.requests');
  writeRequests(file, requests.flat());
  return file;
}

async function rotate(url: string, file: string, seconds: number): Promise<number> {
  const { rate, requests } = await runLoad({ url, file, connections: CALLERS, seconds });
  // Beyond that the generator begins anew, and repeated calls are answered without a rotation.
  if (requests > KEYS * MOST_ROTATIONS) throw new Error(`${requests} calls, prepared were ${KEYS * MOST_ROTATIONS}`);
  return rate;
}

/** Events per second of callers that each append to a stream of their own, authenticated, one event at a time. */
async function groupedAppends(folder: string, seconds: number): Promise<number> {
  const path = join(folder, `${randomUUID()}.db`);
  const sqlite = new SqliteEventStore({ path });
  try {
    const store = new AuthenticatedEventStore(sqlite, new HmacSha256(new Uint8Array(32)));
    const started = performance.now();
    let count = 0;
    const caller = async (): Promise<void> => {
      const stream = `key-000000000000-us-east-1-${randomUUID()}`;
      for (let revision = -1; performance.now() - started < seconds * 1000; revision += 1) {
        const event = {
          id: randomUUID(),
          type: 'VersionRotated',
          schemaVersion: 1,
          data: DATA,
          metadata: METADATA,
          mac: new Uint8Array(),
        };
        await store.append(stream, revision, [event]);
        count += 1;
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    return (count * 1000) / (performance.now() - started);
  } finally {
    await sqlite.close();
  }
}
