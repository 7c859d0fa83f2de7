import type { Decider, Decision } from '../envelope.js';
import { KmsError } from '../errors.js';
import { FIRST_BLOCK, LARGEST_BLOCK, USES_BOUND } from './uses.js';
import type { UsesCommand, UsesContext, UsesEvent, UsesState } from './uses.js';

const initialState: UsesState = { total: 0, lastBlock: 0 };

function evolve(state: UsesState, event: UsesEvent): UsesState {
  switch (event.type) {
    case 'UsesReserved':
      return { total: event.data.total, lastBlock: event.data.block };
    case 'UsesReturned':
      return { ...state, total: event.data.total };
  }
}

/** Blocks double from the first to the largest; the last one is cut at the bound, beyond which nothing is reserved. */
function decide(state: UsesState, command: UsesCommand): Decision<UsesEvent> {
  switch (command.type) {
    case 'ReserveUses': {
      const left = USES_BOUND - state.total;
      if (left <= 0) {
        throw new KmsError(
          'LimitExceeded',
          `The version has reached its bound of ${USES_BOUND} uses; the key has to be rotated.`,
          {
            state: 'use_limit',
            operation: command.type,
          },
        );
      }
      const block = Math.min(Math.max(FIRST_BLOCK, Math.min(state.lastBlock * 2, LARGEST_BLOCK)), left);
      return { kind: 'events', events: [{ type: 'UsesReserved', data: { total: state.total + block, block } }] };
    }
    case 'ReturnUses': {
      const { unused } = command;
      if (!Number.isSafeInteger(unused) || unused < 0 || unused > state.total) {
        throw new KmsError('Validation', `unused: expected a whole number from 0 to ${state.total}, found ${unused}.`, {
          argument: 'unused',
          operation: command.type,
        });
      }
      if (unused === 0) return { kind: 'events', events: [] };
      return {
        kind: 'events',
        events: [{ type: 'UsesReturned', data: { total: state.total - unused, returned: unused } }],
      };
    }
  }
}

export const usesDecider: Decider<UsesState, UsesCommand, UsesEvent, UsesContext> = { initialState, evolve, decide };
