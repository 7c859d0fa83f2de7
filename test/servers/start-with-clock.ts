import { join } from 'node:path';
import type { KMSClient } from '@aws-sdk/client-kms';
import { builtTestCode, repositoryRoot, TestServer, type TestServerOptions } from '@claviger/testing';
import type { Armed } from './ports.js';

/** Below the day after which a silent clock would look like downtime (DESIGN section 4, "Time"). */
const STEP_MS = 12 * 60 * 60 * 1000;
/** After a kill the clock goes on from a moment later than anything the dead process can have seen. */
const MARGIN_MS = 10_000;

/** A whole server whose clock the test moves. Begins at the real time, so that clients' signatures are accepted. */
export class ServerWithClock {
  private constructor(
    readonly server: TestServer,
    private time: number,
  ) {}

  static async start(options: Omit<TestServerOptions, 'entry' | 'ipc'> = {}): Promise<ServerWithClock> {
    const entry = join(builtTestCode(repositoryRoot()), 'test', 'servers', 'with-clock.js');
    const started = new ServerWithClock(new TestServer({ ...options, entry, ipc: true }), Date.now());
    try {
      await started.server.start({ TEST_CLOCK_START: String(started.time) });
    } catch (error) {
      await started.server.dispose();
      throw error;
    }
    return started;
  }

  /** What the server takes for the present, epoch milliseconds. */
  get now(): number {
    return this.time;
  }

  /** Moves the server's clock in steps under a day, each followed by a heartbeat. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    while (this.time < end) {
      const step = Math.min(end - this.time, STEP_MS);
      this.time += step;
      this.time = Number(await this.server.request({ type: 'advance', ms: step }));
    }
  }

  /** The process kills itself at that call of a port; undefined takes it back. */
  async arm(armed: Armed | undefined): Promise<void> {
    await this.server.request({ type: 'arm', armed });
  }

  /** Starts it again where the clock stood. */
  async restart(): Promise<void> {
    this.time += MARGIN_MS;
    await this.server.restart({ TEST_CLOCK_START: String(this.time) });
  }

  /** Starts it again after a downtime. */
  async restartAfter(downtimeMs: number): Promise<void> {
    if (this.server.running) await this.server.stop();
    this.time += downtimeMs;
    await this.restart();
  }

  /** An AWS SDK client that shares the server's present. Make a new one after each `advance`. */
  kmsClient(): KMSClient {
    const client = this.server.kmsClient({ systemClockOffset: this.time - Date.now() });
    // The SDK corrects its clock by the Date of each answer, which is the real one. Answers from a cache (that have an Age) it leaves out.
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const { headers } = result.response as { headers: Record<string, string> };
        headers['age'] = '0';
        return result;
      },
      { step: 'deserialize', priority: 'low' },
    );
    return client;
  }

  dispose(): Promise<void> {
    return this.server.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}

export const startServerWithClock = ServerWithClock.start;
