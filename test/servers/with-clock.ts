import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { InMemoryMetrics, JsonLogger, loadSettings, SystemIds } from '@claviger/platform';
import { FakeClock } from '@claviger/testing';
import { startServer } from '../../apps/server/src/server.js';
import { type Armed, Interceptor } from './ports.js';

/**
 * The whole server on a clock that its parent moves, by messages. It is started as a child process by `start-with-clock.ts`, from code
 * that `build.mjs` compiles apart: neither `dist` nor an image ever holds a clock that can be set.
 *
 * Messages in, each with an `id` that the answer bears: {type: 'advance', ms} → the time it is then · {type: 'arm', armed} kills this
 * process at that call of a port.
 */

/** How long the heartbeat after a step may take in real time. */
const BEAT_WITHIN_MS = 5_000;
const SECOND = 1_000;

const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  // The signal is on its way; nothing more may happen here.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  throw new Error('unreachable');
};

process.umask(0o077);
const clock = new FakeClock(Number(process.env['TEST_CLOCK_START']));
const { settings } = loadSettings(process.env, (path) => readFileSync(path, 'utf8'));
const logger = new JsonLogger({ clock, level: settings.logLevel });
const ports = new Interceptor(die);
const server = await startServer(settings, {
  clock,
  ids: new SystemIds(clock),
  logger,
  metrics: new InMemoryMetrics(),
  terminal: { isTty: false, print: () => undefined },
  wrap: (parts) => ({
    ...parts,
    store: ports.over(parts.store, 'store', ['append']),
    hsm: ports.over(parts.hsm, 'hsm', ['generate', 'destroy', 'use']),
    anchor: ports.over(parts.anchor, 'anchor', ['advance', 'raiseVersionMark', 'registerDestruction']),
    journal: ports.over(parts.journal, 'journal', ['append']),
  }),
});

/** Moves the clock, then waits until the service has recorded the new time: two silent days in a row would look like downtime. */
async function advance(ms: number): Promise<number> {
  clock.jump(ms);
  // A heartbeat that was under way when the clock moved may bear the old time: the one after it does not.
  for (let beats = 0; beats < 2; beats += 1) await heartbeat();
  return clock.now();
}

async function heartbeat(): Promise<void> {
  const before = ports.count('anchor.advance');
  const deadline = performance.now() + BEAT_WITHIN_MS;
  clock.advance(SECOND);
  while (ports.count('anchor.advance') === before) {
    // While an operator has to decide there is none.
    if (performance.now() > deadline) return;
    await delay(2);
  }
}

async function answer(message: unknown): Promise<unknown> {
  if (typeof message !== 'object' || message === null || !('type' in message)) throw new Error('not a message');
  if (message.type === 'advance' && 'ms' in message) return advance(Number(message.ms));
  if (message.type === 'arm' && 'armed' in message) return ports.arm(message.armed as Armed | undefined);
  throw new Error(`unknown message ${String(message.type)}`);
}

process.on('message', (message: { id?: number }) => {
  answer(message).then(
    (value) => process.send?.({ id: message.id, value }),
    (error: unknown) => process.send?.({ id: message.id, error: String(error) }),
  );
});
process.once('SIGTERM', () => {
  server.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      logger.error('stopping failed', { error });
      process.exit(1);
    },
  );
});
