// PLACEHOLDER by the lead so that the server can be wired meanwhile; the owner of this folder replaces it wholly.
import { Anchor, type AnchorState } from '@claviger/ports';
import type { HmacSha256 } from '@claviger/crypto';
import type { Logger } from '@claviger/platform';
export class FileAnchor extends Anchor {
  #state: AnchorState | undefined;
  readonly #marks = new Map<string, number>();
  readonly #destroyed = new Set<string>();
  static async open(_: { folder: string; key: HmacSha256; logger: Logger }): Promise<FileAnchor> { return new FileAnchor(); }
  state() { return this.#state; }
  async advance(state: AnchorState) { this.#state = state; }
  versionMark(keyId: string) { return this.#marks.get(keyId) ?? 0; }
  async raiseVersionMark(keyId: string, version: number) { this.#marks.set(keyId, Math.max(version, this.versionMark(keyId))); }
  destroyed() { return this.#destroyed; }
  async registerDestruction(reference: string) { this.#destroyed.add(reference); }
  writable() { return true; }
  async close() {}
}
