import { SecretBytes } from '@claviger/crypto';
import { SystemClock } from '@claviger/platform';
import { HsmOverloaded, HsmUnavailable, MaterialUnavailable } from '@claviger/ports';
import type { Lane } from './lanes/lane.js';
import { ModuleUse } from './module-use.js';
import { TokenLink, type TokenNotice } from './token-link.js';
import type { Answer, JobName } from './token/jobs.js';

const facts = { label: 'a token', serial: '1', manufacturer: 'Somebody', model: 'One', viewsGoStale: false };
const done = { kind: 'done', result: undefined } as const;
const lost = { kind: 'lost', why: 'CKR_DEVICE_REMOVED' } as const;

/** A lane whose answers a test gives; what is not given is done well. */
class ScriptedLane implements Lane {
  readonly asked: JobName[] = [];
  readonly answers: { -readonly [J in JobName]?: (() => Promise<Answer<J>>)[] } = {};

  ask<J extends JobName>(job: J): Promise<Answer<J>> {
    this.asked.push(job);
    const next = this.answers[job]?.shift();
    if (next !== undefined) return next();
    return Promise.resolve({ kind: 'done', result: job === 'connect' ? facts : undefined });
  }

  async close(): Promise<void> {}

  count(job: JobName): number {
    return this.asked.filter((each) => each === job).length;
  }
}

describe('TokenLink', () => {
  let lane: ScriptedLane;
  let notices: TokenNotice[];
  let pin: SecretBytes;

  beforeEach(() => {
    lane = new ScriptedLane();
    notices = [];
    pin = SecretBytes.take(Buffer.from('1234'));
  });

  const linkTo = (lanes: Lane[], options: { callTimeout?: number; mostWaiting?: number } = {}): TokenLink =>
    new TokenLink({
      module: new ModuleUse(),
      lanes,
      address: { label: 'a token', serial: undefined },
      pin,
      clock: new SystemClock(),
      callTimeout: 1000,
      mostWaiting: 10,
      notice: (notice) => notices.push(notice),
      ...options,
    });

  it('begins the module anew and does the call again, once, when the session is lost', async () => {
    const link = linkTo([lane]);
    await link.open();
    lane.answers.alive = [async () => lost];
    await link.call('alive', undefined, '');
    expect(lane.asked).toEqual(['connect', 'alive', 'finalize', 'connect', 'alive']);
    expect(notices).toEqual([{ kind: 'lost', why: 'CKR_DEVICE_REMOVED' }, { kind: 'recovered' }]);
  });

  it('gives up a call whose session is lost a second time', async () => {
    const link = linkTo([lane]);
    await link.open();
    lane.answers.alive = [async () => lost, async () => lost, async () => done];
    await expect(link.call('alive', undefined, '')).rejects.toBeInstanceOf(HsmUnavailable);
    expect(lane.count('alive')).toBe(2);
    expect(link.state).toEqual({ kind: 'unavailable', why: 'CKR_DEVICE_REMOVED' });
    await link.call('alive', undefined, '');
    expect(link.state).toEqual({ kind: 'ready' });
  });

  it('opens the sessions of all lanes anew after one was lost, and uses no old one', async () => {
    const other = new ScriptedLane();
    const link = linkTo([lane, other]);
    await link.open();
    const release: (() => void)[] = [];
    lane.answers.alive = [() => new Promise((resolve) => release.push(() => resolve(done)))];
    const slow = link.call('alive', undefined, '');
    await link.call('alive', undefined, ''); // on the other lane
    expect(other.count('connect')).toBe(1);
    release[0]?.();
    await slow;
    for (const each of [lane, other]) each.asked.length = 0;
    lane.answers.alive = [async () => lost];
    await link.call('alive', undefined, '');
    expect(lane.asked).toEqual(['alive', 'finalize', 'connect', 'alive']);
    // Two at once, so that the other lane, whose session nobody has called lost, gets one as well.
    await Promise.all([link.call('alive', undefined, ''), link.call('alive', undefined, '')]);
    expect(other.asked).toEqual(['connect', 'alive']);
  });

  it('does not try a PIN again that the token has refused, until it is another', async () => {
    const refused = { kind: 'pin-refused', why: 'CKR_PIN_INCORRECT', tried: true } as const;
    const link = linkTo([lane]);
    await link.open();
    lane.answers.alive = [async () => lost, async () => lost];
    lane.answers.connect = [async () => refused];
    await expect(link.call('alive', undefined, '')).rejects.toThrow(/CKR_PIN_INCORRECT/);
    await expect(link.call('alive', undefined, '')).rejects.toThrow(/it is not tried again/);
    await expect(link.call('alive', undefined, '')).rejects.toThrow(/it is not tried again/);
    expect(lane.count('connect')).toBe(2);
  });

  it('gives up waiting for a call that does not return, and leaves its lane alone until it has', async () => {
    const other = new ScriptedLane();
    const link = linkTo([lane, other], { callTimeout: 30 });
    await link.open();
    let release = (): void => undefined;
    lane.answers.alive = [() => new Promise((resolve) => (release = () => resolve(done)))];
    await expect(link.call('alive', undefined, '')).rejects.toThrow(/did not answer within 30 ms/);
    await link.call('alive', undefined, '');
    expect([lane.count('alive'), other.count('alive')]).toEqual([1, 1]);
    release();
    await link.call('alive', undefined, '');
  });

  it('does not begin the module anew under a call that hangs', async () => {
    const other = new ScriptedLane();
    const link = linkTo([lane, other], { callTimeout: 30 });
    await link.open();
    lane.answers.alive = [() => new Promise(() => undefined)];
    other.answers.alive = [async () => lost];
    const hangs = link.call('alive', undefined, '');
    const loses = link.call('alive', undefined, '');
    await expect(hangs).rejects.toBeInstanceOf(HsmUnavailable);
    await expect(loses).rejects.toBeInstanceOf(HsmUnavailable);
    expect(lane.count('finalize')).toBe(0);
  });

  it('refuses calls beyond those that may wait', async () => {
    const link = linkTo([lane], { mostWaiting: 2 });
    await link.open();
    const calls = Array.from({ length: 4 }, () => link.call('alive', undefined, ''));
    const results = await Promise.allSettled(calls);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    await expect(calls[3]).rejects.toBeInstanceOf(HsmOverloaded);
  });

  it('tells a refusal of the device from the loss of it, and names absent material', async () => {
    const link = linkTo([lane]);
    await link.open();
    lane.answers.alive = [
      async () => ({ kind: 'failed', why: 'CKR_DEVICE_MEMORY' }),
      async () => ({ kind: 'absent', why: 'it was destroyed', unsure: false }),
    ];
    await expect(link.call('alive', undefined, 'r')).rejects.toThrow('the token refused: CKR_DEVICE_MEMORY');
    await expect(link.call('alive', undefined, 'r')).rejects.toBeInstanceOf(MaterialUnavailable);
    expect(notices).toEqual([]);
    expect(lane.count('finalize')).toBe(0);
  });

  it('ends the module when its last user closes, and not before', async () => {
    const module = new ModuleUse();
    const parts = { module, address: { label: 'a token', serial: undefined }, pin, clock: new SystemClock() };
    const rest = { callTimeout: 1000, mostWaiting: 1, notice: () => undefined };
    const other = new ScriptedLane();
    const [first, second] = [
      new TokenLink({ ...parts, ...rest, lanes: [lane] }),
      new TokenLink({ ...parts, ...rest, lanes: [other] }),
    ];
    await first.open();
    await second.open();
    await first.close();
    expect(lane.asked).toEqual(['connect', 'disconnect']);
    await second.close();
    expect(other.asked).toEqual(['connect', 'disconnect', 'finalize']);
    await expect(second.call('alive', undefined, '')).rejects.toBeInstanceOf(HsmUnavailable);
  });
});
