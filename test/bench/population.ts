import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startTestServer, TestServer } from '@claviger/testing';
import { each, Pool } from '../servers/pool.js';
import { signCall } from '../servers/sign.js';
import { waitForBacklog } from './backlog.js';
import { encryptBody } from './contender.js';
import type { Progress } from './progress.js';
import { runLoad, writeRequests } from './wrk.js';

/** Data that was made through the service itself: real events, real material, real records. */
export interface Population {
  readonly size: number;
  /** Holds a whole server: `data`, `seal`, `anchor`. */
  readonly folder: string;
  readonly keyIds: readonly string[];
}

const WIDTH = 64;

/** A server that grows, and copies of its folders at each size. */
export class Grower {
  private readonly keyIds: string[] = [];

  private constructor(
    private readonly server: TestServer,
    private readonly folder: string,
  ) {}

  static async start(folder: string): Promise<Grower> {
    return new Grower(await startTestServer({ folder: join(folder, 'growing') }), folder);
  }

  /** Makes keys until there are `size`, and copies the folders at rest. */
  async growTo(size: number, progress: Progress): Promise<Population> {
    if (!this.server.running) await this.server.restart();
    const pool = new Pool(this.server, WIDTH);
    const missing = size - this.keyIds.length;
    await each(Array(missing).keys(), WIDTH, async () => {
      const { status, body } = await pool.call('CreateKey', '{"Description":"bench"}');
      if (status !== 200) throw new Error(`CreateKey: ${status} ${body}`);
      const made = JSON.parse(body) as { KeyMetadata: { KeyId: string } };
      this.keyIds.push(made.KeyMetadata.KeyId);
      progress.step();
    });
    pool.close();
    await waitForBacklog(this.server.url);
    await this.server.stop();
    const copy = join(this.folder, `keys-${size}`);
    cpSync(this.server.folder, copy, { recursive: true });
    return { size, folder: copy, keyIds: this.keyIds.slice(0, size) };
  }

  /** A server over a copy, with the same administrator; not started. */
  serverOver(folder: string): TestServer {
    const { credentials, token } = this.server;
    return new TestServer({ folder, credentials, token, readyWithinMs: 120_000 });
  }

  async dispose(): Promise<void> {
    await this.server.dispose();
  }
}

/** A second copy, with at least `entries` more journal entries than the first. */
export async function withEntries(
  grower: Grower,
  from: Population,
  entries: number,
  progress: Progress,
): Promise<string> {
  const folder = `${from.folder}-and-${entries}-entries`;
  cpSync(from.folder, folder, { recursive: true });
  const server = grower.serverOver(folder);
  await server.start();
  try {
    const file = join(folder, 'load.requests');
    for (let made = 0; made < entries; ) {
      encryptRequests(server, file, from.keyIds.slice(0, 10));
      const { requests } = await runLoad({ url: server.url, file, connections: WIDTH, seconds: 5 });
      made += requests;
      progress.to(Math.min(made, entries));
    }
    await waitForBacklog(server.url);
    await server.stop();
    return folder;
  } finally {
    await server.dispose();
  }
}

/** One Encrypt per key, in a file for wrk. */
export function encryptRequests(server: TestServer, file: string, keyIds: readonly string[]): void {
  const now = Date.now();
  mkdirSync(join(file, '..'), { recursive: true });
  writeRequests(
    file,
    keyIds.map((keyId) => signCall(server, 'Encrypt', encryptBody(keyId), { now })),
  );
}

/** Encrypts once under each key: what it costs when nothing about the key is in memory yet. @returns calls per second */
export async function encryptOnce(server: TestServer, keyIds: readonly string[]): Promise<number> {
  const pool = new Pool(server, WIDTH);
  const started = performance.now();
  await each(keyIds, WIDTH, async (keyId) => {
    const { status, body } = await pool.call('Encrypt', encryptBody(keyId));
    if (status !== 200) throw new Error(`Encrypt: ${status} ${body}`);
  });
  pool.close();
  return keyIds.length / ((performance.now() - started) / 1000);
}
