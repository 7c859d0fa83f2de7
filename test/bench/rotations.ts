import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { SqliteEventStore } from '@claviger/adapters/event-store-sqlite';
import { HmacSha256 } from '@claviger/crypto';
import { AuthenticatedEventStore } from '@claviger/ports';
import { startTestServer, type TestServer } from '@claviger/testing';
import type { SignedRequest } from '../servers/sign.js';
import { Progress } from './progress.js';
import type { Figure } from './report.js';
import { median, medianRatio } from './statistics.js';
import type { ThroughputOptions } from './throughput.js';
import { runLoad, writeRequests } from './wrk.js';

const CALLERS = 64;
/** What a rotation costs at least: one append. It also makes material, seals it, anchors a number and folds two events. */
const AT_LEAST = 0.06;

/** Whole rotations over the admin API, by 64 callers on 64 keys, beside appends of one event by as many. */
export async function benchRotations(options: ThroughputOptions): Promise<Figure[]> {
  const server = await startTestServer();
  const folder = mkdtempSync(join(options.folder, 'rotations-'));
  try {
    const file = await prepare(server, folder);
    const rotations: number[] = [];
    const appends: number[] = [];
    const progress = new Progress('rotations', options.rounds);
    for (let round = -1; round < options.rounds; round += 1) {
      const { seconds } = options;
      const runs = [
        async () => rotations.push((await runLoad({ url: server.url, file, connections: CALLERS, seconds })).rate),
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

async function prepare(server: TestServer, folder: string): Promise<string> {
  const kms = server.kmsClient();
  const requests: SignedRequest[] = [];
  for (let index = 0; index < CALLERS; index += 1) {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const headers = {
      host: new URL(server.url).host,
      authorization: `Bearer ${server.token}`,
      'content-type': 'application/json',
      'content-length': '2',
    };
    requests.push({ path: `/api/v1/keys/${KeyMetadata?.KeyId}/rotate`, headers, body: '{}' });
  }
  const file = join(folder, 'rotate.requests');
  writeRequests(file, requests);
  return file;
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
          data: '{}',
          metadata: '{}',
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
