import type { UseGate } from './use-gate.js';

/** Lets a change that takes a right away answer only when nobody can use that right any more (DESIGN section 7). */
export interface Revocation {
  /** Resolves when no call, on any node, that was authorised before what this node has applied by now can still be answered. */
  settled(): Promise<void>;
}

/** One process: its own calls are all there are. */
export class LocalRevocation implements Revocation {
  constructor(private readonly gate: UseGate) {}

  settled(): Promise<void> {
    return this.gate.drain();
  }
}
