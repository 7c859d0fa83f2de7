import type { AuditRow } from './row.js';

const LOWEST = -(2n ** 63n);

/**
 * Row ids are made from positions, so that they are the same after every rebuild, cursors stay good, and a row that is delivered twice
 * meets itself. Journal sequences stand as they are; store positions are moved below zero, in their order.
 */
export const entryId = (sequence: number): number => sequence;

export const eventId = (position: bigint): bigint => LOWEST + position;

export const positionOf = (id: bigint): Pick<AuditRow, 'source' | 'position'> =>
  id < 0n ? { source: 'event', position: (id - LOWEST).toString() } : { source: 'journal', position: id.toString() };
