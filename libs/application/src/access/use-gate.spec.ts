import { FakeClock } from '@claviger/testing';
import { type CallContext, newFacts } from '../call-context.js';
import { UseGate } from './use-gate.js';

const clock = new FakeClock();
const call = (): CallContext => ({ facts: newFacts() }) as CallContext;

/** Has the promise settled by now, without waiting for it? */
async function settled(promise: Promise<void>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return done;
}

describe('the use gate', () => {
  it('drains at once when no call is inside', async () => {
    await new UseGate(clock).drain();
  });

  it('waits for every call that entered before, and for no later one', async () => {
    const gate = new UseGate(clock);
    const [first, second, later] = [call(), call(), call()];
    gate.enter(first);
    gate.enter(second);
    const drained = gate.drain();
    gate.enter(later);
    gate.leave(first);
    expect(await settled(drained)).toBe(false);
    gate.leave(second);
    expect(await settled(drained)).toBe(true);
  });

  it('waits for calls of earlier epochs that an earlier drain still waits for', async () => {
    const gate = new UseGate(clock);
    const slow = call();
    gate.enter(slow);
    const first = gate.drain();
    const second = gate.drain();
    expect(await settled(second)).toBe(false);
    gate.leave(slow);
    expect(await settled(first)).toBe(true);
    expect(await settled(second)).toBe(true);
  });

  it('counts a call once, however often it enters and leaves', async () => {
    const gate = new UseGate(clock);
    const [one, other] = [call(), call()];
    gate.enter(one);
    gate.enter(one);
    gate.enter(other);
    gate.leave(one);
    gate.leave(one);
    const drained = gate.drain();
    expect(await settled(drained)).toBe(false);
    gate.leave(other);
    expect(await settled(drained)).toBe(true);
  });

  it('waits for a call that hangs no longer than a lease lasts, and lets no result of it out afterwards', async () => {
    const gate = new UseGate(clock);
    const [hung, later] = [call(), call()];
    gate.enter(hung);
    const drained = gate.drain();
    gate.enter(later);
    clock.advance(4_999);
    expect([await settled(drained), gate.mayAnswer(hung)]).toEqual([false, true]);
    clock.advance(1);
    expect([await settled(drained), gate.mayAnswer(hung), gate.mayAnswer(later)]).toEqual([true, false, true]);
    gate.leave(hung);
    expect(await settled(gate.drain())).toBe(false);
    gate.leave(later);
  });

  it('leaves no timer behind when the calls have left', async () => {
    const gate = new UseGate(clock);
    const before = clock.timers;
    const one = call();
    gate.enter(one);
    const drained = gate.drain();
    gate.leave(one);
    await drained;
    expect(clock.timers).toBe(before);
  });
});
