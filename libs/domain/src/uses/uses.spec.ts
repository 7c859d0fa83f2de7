import { given } from '@claviger/testing';
import { usesDecider } from './decider.js';
import { FIRST_BLOCK, LARGEST_BLOCK, USES_BOUND, type UsesEvent, type UsesState } from './uses.js';

const context = { now: 0 };
const reserve = { type: 'ReserveUses' } as const;
const reserved = (total: number, block: number): UsesEvent => ({ type: 'UsesReserved', data: { total, block } });

/** Reserves until the bound. */
function blocksToTheBound(): number[] {
  let state: UsesState = usesDecider.initialState;
  const blocks: number[] = [];
  while (state.total < USES_BOUND) {
    const decision = usesDecider.decide(state, reserve, context);
    if (decision.kind !== 'events') throw new Error('uses need no material');
    for (const event of decision.events) state = usesDecider.evolve(state, event, 0);
    blocks.push(state.lastBlock);
  }
  return blocks;
}

describe('reserving uses of a version (R-31, SP 800-38D 8.3)', () => {
  it('begins with 2^10, doubles to 2^20, and ends exactly at 2^32', () => {
    const blocks = blocksToTheBound();
    expect(blocks.slice(0, 12)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 20].map((power) => 2 ** power));
    expect(Math.max(...blocks)).toBe(LARGEST_BLOCK);
    expect(blocks.reduce((sum, block) => sum + block, 0)).toBe(USES_BOUND);
    expect(blocks.at(-1)).toBeLessThan(LARGEST_BLOCK);
  });

  it('is refused at the bound', () => {
    given(usesDecider, reserved(USES_BOUND, 1024))
      .when(reserve, context)
      .thenThrows('LimitExceeded', /4294967296 uses/, { state: 'use_limit', operation: 'ReserveUses' });
    given(usesDecider, reserved(USES_BOUND - 3, 2048))
      .when(reserve, context)
      .then(reserved(USES_BOUND, 3));
  });

  it('gives back what a clean stop leaves, and no more than there is', () => {
    const some = given(usesDecider, reserved(FIRST_BLOCK, FIRST_BLOCK));
    const state = some
      .when({ type: 'ReturnUses', unused: 24 }, context)
      .then({ type: 'UsesReturned', data: { total: 1000, returned: 24 } });
    expect(state).toEqual({ total: 1000, lastBlock: FIRST_BLOCK });
    some.when({ type: 'ReturnUses', unused: 0 }, context).thenNothing();
    for (const unused of [FIRST_BLOCK + 1, -1, 0.5, Number.NaN]) {
      some.when({ type: 'ReturnUses', unused }, context).thenThrows('Validation', /unused/);
    }
  });
});
