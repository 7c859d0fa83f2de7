import { Anchor, type AnchorState } from './contract.js';

/** The reference: remembers as long as the process lives. */
export class InMemoryAnchor extends Anchor {
  #state: AnchorState | undefined;
  readonly #marks = new Map<string, number>();
  readonly #destroyed = new Set<string>();

  state(): AnchorState | undefined {
    return this.#state;
  }

  async advance(state: AnchorState): Promise<void> {
    this.#state = state;
  }

  versionMark(keyId: string): number {
    return this.#marks.get(keyId) ?? 0;
  }

  async raiseVersionMark(keyId: string, version: number): Promise<void> {
    this.#marks.set(keyId, Math.max(version, this.versionMark(keyId)));
  }

  destroyed(): ReadonlySet<string> {
    return this.#destroyed;
  }

  async registerDestruction(reference: string): Promise<void> {
    this.#destroyed.add(reference);
  }

  writable(): boolean {
    return true;
  }

  async close(): Promise<void> {}
}
