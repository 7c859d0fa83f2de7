import { PassThrough } from 'node:stream';
import { type Clock, SystemClock } from '../clock.js';
import { discardBody } from './discard-body.js';

const LIMITS = { bytes: 1_000, ms: 60_000 };

/** A clock whose timer goes off when told. */
function handClock(): { clock: Clock; strike: () => void; cancelled: () => boolean } {
  let strike = (): void => undefined;
  let cancelled = false;
  const clock: Clock = Object.create(new SystemClock(), {
    after: {
      value: (_: number, run: () => void) => {
        strike = run;
        return { cancel: () => (cancelled = true) };
      },
    },
  });
  return { clock, strike: () => strike(), cancelled: () => cancelled };
}

it('resolves when the body has ended, and its timer with it', async () => {
  const body = new PassThrough();
  const { clock, cancelled } = handClock();
  const done = discardBody(body, clock, LIMITS);
  body.end(Buffer.alloc(900));
  await done;
  expect([body.readableEnded, cancelled()]).toEqual([true, true]);
});

it('stops reading beyond the bytes it may', async () => {
  const body = new PassThrough();
  const done = discardBody(body, handClock().clock, LIMITS);
  body.write(Buffer.alloc(600));
  body.write(Buffer.alloc(600));
  await done;
  expect([body.readableEnded, body.isPaused(), body.listenerCount('data')]).toEqual([false, true, 0]);
});

it('stops waiting for bytes that never come', async () => {
  const body = new PassThrough();
  const { clock, strike } = handClock();
  const done = discardBody(body, clock, LIMITS);
  strike();
  await done;
  expect(body.isPaused()).toBe(true);
});

it.each(['error', 'close'])('resolves at an %s of the body', async (event) => {
  const body = new PassThrough();
  const done = discardBody(body, handClock().clock, LIMITS);
  body.destroy(event === 'error' ? new Error('reset') : undefined);
  // Node's rule for streams: an error nobody listens to would end the process.
  body.on('error', () => undefined);
  await expect(done).resolves.toBeUndefined();
});

it('waits for nothing where the body was read', async () => {
  const body = new PassThrough();
  body.end();
  body.resume();
  await new Promise((resolve) => body.once('end', resolve));
  await discardBody(body, handClock().clock, LIMITS);
  expect(body.readableEnded).toBe(true);
});
