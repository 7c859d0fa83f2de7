import { NO_STREAM } from '@claviger/ports';
import { builtTestCode, repositoryRoot } from '@claviger/testing';
import { EventStoreDBClient } from '@eventstore/db-client';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { allOf, event, failureOf, idsOf, StandInHarness } from './harness.js';
import { EventLog } from './log.js';
import { EventStoreStandIn } from './server.js';

describe('the stand-in for EventStoreDB', () => {
  let harness: StandInHarness;

  beforeEach(async () => {
    harness = await StandInHarness.start();
  });

  afterEach(() => harness.dispose());

  const logFile = () => join(harness.folder, 'events.log');

  it('has every answered append after a restart, at the same positions', async () => {
    const store = harness.open();
    for (let i = 0; i < 20; i++) await store.append(`s${i % 3}`, Math.floor(i / 3) - 1, [event(i)]);
    const before = await allOf(store);
    await harness.restart();
    expect(await allOf(store)).toEqual(before);
  });

  it('forgets a torn append as a whole, and goes on where it began', async () => {
    const store = harness.open();
    await store.append('s', NO_STREAM, [event(1), event(2)]);
    const whole = readFileSync(logFile());
    await store.append('s', 1, [event(3), event(4)]);
    const torn = readFileSync(logFile());
    harness.server.stop();
    for (const length of [whole.length + 1, whole.length + 8, torn.length - 1]) {
      writeFileSync(logFile(), torn.subarray(0, length));
      const log = new EventLog(harness.folder);
      expect(log.events.map(({ id }) => id)).toEqual(idsOf([event(1), event(2)]));
      expect(log.end).toBe(BigInt(whole.length));
      log.close();
      expect(readFileSync(logFile())).toEqual(whole);
    }
    appendFileSync(logFile(), torn.subarray(whole.length));
    const log = new EventLog(harness.folder);
    expect(log.events).toHaveLength(4);
    log.close();
  });

  it('answers the batched form of append as well, with its errors', async () => {
    const client = new EventStoreDBClient({ endpoint: `127.0.0.1:${harness.server.port}` }, { insecure: true });
    const one = (id: number) => ({
      id: event(id).id,
      type: 'T',
      contentType: 'application/octet-stream' as const,
      data: Uint8Array.of(1),
      metadata: Uint8Array.of(1),
    });
    const append = (id: number, expectedRevision: 'no_stream' | bigint) =>
      client.appendToStream('s', [one(id)], { expectedRevision });
    expect(await append(1, 'no_stream')).toMatchObject({ success: true, nextExpectedRevision: 0n });
    expect(await append(1, 'no_stream')).toMatchObject({ success: true, nextExpectedRevision: 0n });
    expect(await failureOf(append(2, 'no_stream'))).toMatchObject({
      type: 'wrong-expected-version',
      actualVersion: 0n,
    });
    expect(await failureOf(append(2, 7n))).toMatchObject({ type: 'wrong-expected-version', actualVersion: 0n });
    await client.tombstoneStream('s');
    expect(await failureOf(append(3, 0n))).toMatchObject({ type: 'stream-deleted' });
    expect(harness.server.knobs.calls('batch-append')).toBe(5);
    await client.dispose();
  });

  it('keeps only the newest events of a stream that says so, and goes on counting after a soft delete', async () => {
    const client = new EventStoreDBClient({ endpoint: `127.0.0.1:${harness.server.port}` }, { insecure: true });
    const store = harness.open();
    await store.append('s', NO_STREAM, [event(1), event(2), event(3)]);
    await client.setStreamMetadata('test.s', { maxCount: 2 });
    expect(idsOf(await store.readStream('s', 0, 10))).toEqual(idsOf([event(2), event(3)]));
    await client.deleteStream('test.s');
    expect(await store.readStream('s', 0, 10)).toEqual([]);
    const { events } = await store.append('s', NO_STREAM, [event(4)]);
    expect(events).toMatchObject([{ revision: 3 }]);
    expect(idsOf(await store.readStream('s', 0, 10))).toEqual([event(4).id]);
    await client.dispose();
  });

  it('refuses a folder that holds something else', async () => {
    harness.server.stop();
    writeFileSync(logFile(), 'not a log at all');
    expect(await failureOf(EventStoreStandIn.start({ folder: harness.folder }))).toMatchObject({
      message: expect.stringContaining('is no log of this server') as string,
    });
    writeFileSync(logFile(), '');
  });

  it('as a program says where it serves, takes faults over IPC, and has everything after SIGKILL', async () => {
    harness.server.stop();
    const main = join(builtTestCode(repositoryRoot()), 'test', 'servers', 'eventstore', 'main.js');
    const start = async (port: string): Promise<{ child: ChildProcess; connection: string }> => {
      const child = spawn(process.execPath, [main, harness.folder, port], {
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      });
      const lines = createInterface({ input: child.stdout ?? process.stdin });
      const [line] = (await once(lines, 'line')) as [string];
      return { child, connection: line.replace(/^event store stand-in ready on /, '') };
    };
    const first = await start('0');
    try {
      const store = harness.open({ connection: first.connection });
      await store.append('s', NO_STREAM, [event(1)]);
      const running = Array.from({ length: 200 }, (_, i) =>
        store.append(`t${i}`, NO_STREAM, [event(10 + i)]).then(() => i),
      );
      await Promise.all(running.slice(0, 20));
      first.child.kill('SIGKILL');
      const answered = (await Promise.allSettled(running)).filter(({ status }) => status === 'fulfilled').length;
      const port = /:(\d+)\?/.exec(first.connection)?.[1] ?? '';
      const second = await start(port);
      try {
        const stored = await allOf(store);
        expect(stored.length).toBeGreaterThanOrEqual(1 + answered);
        expect(new Set(idsOf(stored)).size).toBe(stored.length);
        second.child.send({ arm: 'append', fault: { kind: 'access-denied' } });
        await once(second.child, 'message');
        expect(await failureOf(store.append('u', NO_STREAM, [event(1_000)]))).toMatchObject({
          name: 'EventStoreUnavailable',
        });
        second.child.kill('SIGTERM');
        expect(await once(second.child, 'exit')).toEqual([0, null]);
      } finally {
        second.child.kill('SIGKILL');
      }
    } finally {
      first.child.kill('SIGKILL');
    }
  }, 30_000);
});
