import { type CallContext, newFacts } from '../call-context.js';
import { UseGate } from './use-gate.js';

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
    await new UseGate().drain();
  });

  it('waits for every call that entered before, and for no later one', async () => {
    const gate = new UseGate();
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
    const gate = new UseGate();
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
    const gate = new UseGate();
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
});
