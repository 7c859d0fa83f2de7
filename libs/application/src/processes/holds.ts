/** Something that only an operator can let pass. Key use, destruction or both wait until it is accepted. */
export interface Hold {
  readonly kind: 'anchor' | 'clock';
  /** What waits. */
  readonly stops: 'use' | 'destruction';
  /** What was found, sentence by sentence, for the operator who has to decide. */
  readonly findings: readonly string[];
}

/** The holds in force. One place to ask, one place to release. */
export class Holds {
  private current: readonly Hold[] = [];

  all(): readonly Hold[] {
    return this.current;
  }

  /** Replaces the hold of this kind, if there is one. */
  raise(hold: Hold): void {
    this.current = [...this.current.filter(({ kind }) => kind !== hold.kind), hold];
  }

  release(kind: Hold['kind']): void {
    this.current = this.current.filter((hold) => hold.kind !== kind);
  }

  get stopsUse(): boolean {
    return this.current.some(({ stops }) => stops === 'use');
  }

  /** What stops use stops destruction too. */
  get stopsDestruction(): boolean {
    return this.current.length > 0;
  }
}
