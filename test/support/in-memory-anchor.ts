import { Anchor, type AnchorState } from '@claviger/ports';

/** An anchor as the contract says, kept by the process only. */
export class InMemoryAnchor extends Anchor {
  private last: AnchorState | undefined;
  private readonly marks = new Map<string, number>();
  private readonly references = new Set<string>();

  override state(): AnchorState | undefined {
    return this.last;
  }
  override async advance(state: AnchorState): Promise<void> {
    this.last = state;
  }
  override versionMark(keyId: string): number {
    return this.marks.get(keyId) ?? 0;
  }
  override async raiseVersionMark(keyId: string, version: number): Promise<void> {
    this.marks.set(keyId, Math.max(version, this.versionMark(keyId)));
  }
  override destroyed(): ReadonlySet<string> {
    return this.references;
  }
  override async registerDestruction(reference: string): Promise<void> {
    this.references.add(reference);
  }
  override writable(): boolean {
    return true;
  }
  override async close(): Promise<void> {}
}
