import { HsmOverloaded } from '@claviger/ports';
import { Gate } from './gate.js';
import { SlowLane } from './slow-lane.js';

/** Work that ends when it is told to. */
function work(): { run: () => Promise<string>; end: (fail?: Error) => void; started: () => boolean } {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let started = false;
  return {
    run: () => {
      started = true;
      return promise;
    },
    end: (fail) => (fail === undefined ? resolve('done') : reject(fail)),
    started: () => started,
  };
}

const turns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

describe('Gate', () => {
  it('lets through as many as its limit and the rest in order, also after failures', async () => {
    const gate = new Gate(2, 10);
    const all = [work(), work(), work(), work()];
    const answers = all.map((each) => gate.run(each.run));
    const started = (): boolean[] => all.map((each) => each.started());
    await turns();
    expect(started()).toEqual([true, true, false, false]);
    all[1]?.end(new Error('failed'));
    await expect(answers[1]).rejects.toThrow('failed');
    expect(started()).toEqual([true, true, true, false]);
    all[0]?.end();
    await answers[0];
    await turns();
    expect(started()).toEqual([true, true, true, true]);
    all[2]?.end();
    all[3]?.end();
    await expect(Promise.all([answers[2], answers[3]])).resolves.toEqual(['done', 'done']);
    const again = work();
    const answer = gate.run(again.run);
    await turns();
    expect(again.started()).toBe(true);
    again.end();
    await answer;
  });

  it('refuses what would wait beyond its bound, and takes it again later', async () => {
    const gate = new Gate(1, 1);
    const all = [work(), work(), work()];
    const answers = all.slice(0, 2).map((each) => gate.run(each.run));
    await expect(gate.run(all[2]?.run ?? work().run)).rejects.toBeInstanceOf(HsmOverloaded);
    expect(all[2]?.started()).toBe(false);
    for (const each of all) each.end();
    await Promise.all(answers);
    await expect(gate.run(async () => 'later')).resolves.toBe('later');
  });

  it('has a limit of at least one', () => {
    for (const limit of [0, -1, 1.5, Number.NaN]) expect(() => new Gate(limit, 1)).toThrow(RangeError);
  });
});

describe('SlowLane', () => {
  it('leaves one thread of the pool to others', async () => {
    const lane = new SlowLane(4, 10);
    const all = Array.from({ length: 5 }, work);
    const answers = all.map((each) => lane.run(each.run));
    await turns();
    expect(all.filter((each) => each.started())).toHaveLength(3);
    for (const each of all) each.end();
    await Promise.all(answers);
  });

  it('makes one RSA key pair at a time, beside other work', async () => {
    const lane = new SlowLane(4, 10);
    const [first, second, curve, signature] = [work(), work(), work(), work()];
    const answers = [
      lane.generation('RSA_4096', first.run),
      lane.generation('RSA_2048', second.run),
      lane.generation('ECC_NIST_P256', curve.run),
      lane.run(signature.run),
    ];
    await turns();
    expect([first, second, curve, signature].map((each) => each.started())).toEqual([true, false, true, true]);
    for (const each of [first, second, curve, signature]) each.end();
    await Promise.all(answers);
  });
});
