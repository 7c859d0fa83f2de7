import {
  ReferenceDestroyed,
  SealedStore,
  SealedStoreUnavailable,
  type SealedKind,
  type SealedRecord,
} from './contract.js';
import { requireReference, requireSameLength } from './reference.js';

/** What an in-memory store keeps; shared by stores that stand for one another after a restart. */
export type SealedShelf = Map<string, SealedRecord | 'destroyed'>;

/** The reference implementation: for tests, it keeps nothing beyond the process. */
export class InMemorySealedStore extends SealedStore {
  #closed = false;

  constructor(private readonly shelf: SealedShelf = new Map()) {
    super();
  }

  async putIfAbsent(record: SealedRecord): Promise<SealedRecord> {
    this.#check(record.reference);
    const held = this.shelf.get(record.reference);
    if (held === 'destroyed') throw new ReferenceDestroyed(record.reference);
    if (held !== undefined) return copyOf(held);
    this.shelf.set(record.reference, copyOf(record));
    return copyOf(record);
  }

  async get(reference: string): Promise<SealedRecord | undefined> {
    this.#check(reference);
    const held = this.shelf.get(reference);
    return held === undefined || held === 'destroyed' ? undefined : copyOf(held);
  }

  async replaceWrappedKey(reference: string, expected: Uint8Array, next: Uint8Array): Promise<boolean> {
    requireSameLength(expected, next);
    this.#check(reference);
    const held = this.shelf.get(reference);
    if (held === undefined || held === 'destroyed') return false;
    if (Buffer.compare(held.wrappedKey, next) === 0) return true;
    if (Buffer.compare(held.wrappedKey, expected) !== 0) return false;
    this.shelf.set(reference, { ...held, wrappedKey: Uint8Array.from(next) });
    return true;
  }

  async destroy(reference: string): Promise<void> {
    this.#check(reference);
    this.shelf.set(reference, 'destroyed');
  }

  async list(kind: SealedKind, after: string, maxCount: number): Promise<readonly string[]> {
    this.#checkOpen();
    const held: string[] = [];
    for (const record of this.shelf.values()) {
      if (record !== 'destroyed' && record.kind === kind && record.reference > after) held.push(record.reference);
    }
    return held.sort().slice(0, maxCount);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #check(reference: string): void {
    requireReference(reference);
    this.#checkOpen();
  }

  #checkOpen(): void {
    if (this.#closed) throw new SealedStoreUnavailable('closed', 'it was closed');
  }
}

function copyOf(record: SealedRecord): SealedRecord {
  return { ...record, wrappedKey: Uint8Array.from(record.wrappedKey), blob: Uint8Array.from(record.blob) };
}
