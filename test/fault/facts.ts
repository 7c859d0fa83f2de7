/** What the service has answered so far: the clients' memory, which a crash of the service does not touch. */

export type KeyPhase = 'Enabled' | 'Disabled' | 'PendingDeletion';
export type Mutation = 'rotate' | 'disable' | 'enable' | 'schedule' | 'cancel';

export interface Ciphertext {
  readonly blob: Uint8Array;
  readonly plaintext: string;
  readonly context: Record<string, string>;
}

/** A key whose creation was answered. One client at a time changes it, so that at most one change is ever unanswered. */
export interface KeyFacts {
  readonly keyId: string;
  phase: KeyPhase;
  /** On demand. */
  rotations: number;
  /** Time alone rotates it, once; and nobody else changes it. */
  readonly automatic: boolean;
  /** Sent and not answered: it may have happened, wholly or not at all. */
  unanswered: Mutation | null;
  readonly ciphertexts: Ciphertext[];
}

export interface Acknowledged {
  readonly requestId: string;
  readonly operation: string;
  readonly keyId: string;
}

export class Facts {
  readonly keys: KeyFacts[] = [];
  /** Keys that somebody else keeps account of. */
  readonly elsewhere = new Set<string>();
  /** Creations that were sent and not answered since the last check. */
  unansweredCreations = 0;
  /** Answered calls since the last check. */
  readonly acknowledged: Acknowledged[] = [];
  /** When the last check was, epoch milliseconds. */
  since = Date.now();

  checked(): void {
    this.acknowledged.length = 0;
    this.unansweredCreations = 0;
    this.since = Date.now();
  }

  created(keyId: string, automatic = false): KeyFacts {
    const key: KeyFacts = { keyId, phase: 'Enabled', rotations: 0, automatic, unanswered: null, ciphertexts: [] };
    this.keys.push(key);
    return key;
  }
}

/** The phase after a change that was legal before it. */
export function phaseAfter(mutation: Mutation, phase: KeyPhase): KeyPhase {
  switch (mutation) {
    case 'rotate':
      return phase;
    case 'disable':
    case 'cancel':
      return 'Disabled';
    case 'enable':
      return 'Enabled';
    case 'schedule':
      return 'PendingDeletion';
  }
}
