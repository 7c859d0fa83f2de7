import type { DomainEvent } from '../envelope.js';

/**
 * Uses of one symmetric version, reserved in blocks before they happen, so that a crash can only count too many
 * (SP 800-38D 8.3: at most 2^32 encryptions under one key with random 96-bit IVs).
 */
export type UsesReserved = DomainEvent<
  'UsesReserved',
  /** `total`: uses reserved so far, this block included. */
  { readonly total: number; readonly block: number }
>;
/** On a clean stop: what was reserved last and not used. */
export type UsesReturned = DomainEvent<'UsesReturned', { readonly total: number; readonly returned: number }>;
export type UsesEvent = UsesReserved | UsesReturned;

export interface UsesState {
  /** Uses that count as used. */
  readonly total: number;
  /** Size of the last block. */
  readonly lastBlock: number;
}

export const FIRST_BLOCK = 2 ** 10;
export const LARGEST_BLOCK = 2 ** 20;
/** Rotation starts here, even where scheduled rotation is off. */
export const ROTATE_AT_USES = 2 ** 31;
/** No encryption beyond. */
export const USES_BOUND = 2 ** 32;

export interface ReserveUses {
  readonly type: 'ReserveUses';
}
export interface ReturnUses {
  readonly type: 'ReturnUses';
  readonly unused: number;
}
export type UsesCommand = ReserveUses | ReturnUses;
export interface UsesContext {
  readonly now: number;
}
