import { judge } from './judge.js';
import type { Expected, VectorCase } from './vector-file.js';

const cases = (...results: readonly Expected[]): VectorCase[] =>
  results.map((result, i) => ({ tcId: i + 1, result, fields: {}, group: {} }));
const accept = (): boolean => true;
const refuse = (): boolean => false;
const listed = (...tcIds: readonly number[]): Map<number, string> => new Map(tcIds.map((tcId) => [tcId, 'reason']));

describe('judging vectors', () => {
  it('passes valid and acceptable cases that are taken, and invalid ones that are refused', async () => {
    expect(await judge(cases('valid', 'acceptable'), accept, listed())).toEqual({
      passed: 2,
      refused: 0,
      failures: [],
    });
    expect(await judge(cases('invalid'), refuse, listed())).toEqual({ passed: 1, refused: 0, failures: [] });
  });

  it('counts a listed refusal', async () => {
    expect(await judge(cases('valid', 'acceptable'), refuse, listed(1, 2))).toEqual({
      passed: 0,
      refused: 2,
      failures: [],
    });
  });

  it.each<[string, Expected, () => boolean, Map<number, string>]>([
    ['an invalid case that is accepted', 'invalid', accept, listed()],
    ['a refusal without a reason', 'valid', refuse, listed()],
    ['an acceptable case refused without a reason', 'acceptable', refuse, listed()],
    ['a listed refusal that no longer happens', 'valid', accept, listed(1)],
    ['a listed refusal of an invalid case', 'invalid', refuse, listed(1)],
    ['a listed refusal that names no case', 'valid', accept, listed(2)],
  ])('fails %s', async (_, result, driver, refusals) => {
    expect((await judge(cases(result), driver, refusals)).failures).toHaveLength(1);
  });

  it('fails a case on which a function contradicts itself', async () => {
    const throwing = (): boolean => {
      throw new Error('decrypts to another plaintext');
    };
    expect((await judge(cases('invalid'), throwing, listed())).failures[0]).toContain('another plaintext');
  });
});
