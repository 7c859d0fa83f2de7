import { type AnchorChange, applyChange, checkChange, emptyAnchor } from './anchor-change.js';
import { Anchor, type AnchorState, AnchorUnavailable } from './contract.js';

/** The reference: remembers as long as the process lives. */
export class InMemoryAnchor extends Anchor {
  readonly #content = emptyAnchor();
  #closed = false;

  override state(): AnchorState | undefined {
    return this.#content.state;
  }

  override advance(state: AnchorState): Promise<void> {
    return this.#record({ kind: 'state', state });
  }

  override versionMark(keyId: string): number {
    return this.#content.marks.get(keyId) ?? 0;
  }

  override versionMarks(): ReadonlyMap<string, number> {
    return this.#content.marks;
  }

  override raiseVersionMark(keyId: string, version: number): Promise<void> {
    return this.#record({ kind: 'mark', keyId, version });
  }

  override destroyed(): ReadonlySet<string> {
    return this.#content.destroyed;
  }

  override registerDestruction(reference: string): Promise<void> {
    return this.#record({ kind: 'destroyed', reference });
  }

  override writable(): boolean {
    return !this.#closed;
  }

  override close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  async #record(change: AnchorChange): Promise<void> {
    checkChange(change);
    if (this.#closed) throw new AnchorUnavailable('the anchor is closed');
    applyChange(this.#content, change);
  }
}
