import { type RandomSource, ROOT_KEY_LENGTH, RootRing, SecretBytes } from '@claviger/crypto';
import { Seal, Sealed } from './contract.js';
import type { RootChange, RootRotation } from './root-rotation.js';
import { requireWrappable } from './wrappable.js';

/** What an in-memory seal keeps; shared by seals that stand for one another after a restart. */
export interface RootShelf {
  current: Uint8Array;
  previous?: { readonly root: Uint8Array; readonly since: number };
}

/** The reference implementation, for tests: its root keys live as long as the object, or as the shelf that is handed in. */
export class InMemorySeal extends Seal implements RootRotation {
  readonly kind = 'memory';
  readonly #shelf: RootShelf;
  #ring: RootRing | undefined;

  /** @param root 32 bytes, copied, or the shelf that holds them; drawn when absent */
  constructor(
    private readonly random: RandomSource,
    root?: SecretBytes | RootShelf,
  ) {
    super();
    if (root === undefined) this.#shelf = { current: random(ROOT_KEY_LENGTH) };
    else this.#shelf = root instanceof SecretBytes ? { current: root.unsafeExportBytes() } : root;
    this.#ring = ringOf(this.#shelf);
  }

  status(): 'sealed' | 'unsealed' {
    return this.#ring === undefined ? 'sealed' : 'unsealed';
  }

  async wrap(key: SecretBytes, context: string): Promise<Uint8Array> {
    requireWrappable(key);
    return this.#open().wrap(key, context, this.random);
  }

  async unwrap(wrapped: Uint8Array, context: string): Promise<SecretBytes | undefined> {
    return this.#open().unwrap(wrapped, context);
  }

  seal(): void {
    this.#ring?.wipe();
    this.#ring = undefined;
  }

  rootChange(): RootChange | undefined {
    const { previous } = this.#shelf;
    const [from, to] = [this.#ring?.previousId, this.#ring?.currentId];
    if (previous === undefined || from === undefined || to === undefined) return undefined;
    return { from, to, startedAt: previous.since };
  }

  async beginRootChange(now: number): Promise<RootChange> {
    this.#open();
    if (this.#shelf.previous === undefined) {
      this.#shelf.previous = { root: this.#shelf.current, since: now };
      this.#shelf.current = this.random(ROOT_KEY_LENGTH);
    }
    await this.refreshRoot();
    const change = this.rootChange();
    if (change === undefined) throw new Error('the change of the root key was lost');
    return change;
  }

  async rewrap(wrapped: Uint8Array, context: string): Promise<Uint8Array | 'current' | undefined> {
    return this.#open().rewrap(wrapped, context, this.random);
  }

  async finishRootChange(to: string): Promise<void> {
    await this.refreshRoot();
    const change = this.rootChange();
    if (change === undefined) return;
    if (change.to !== to) throw new RangeError(`the root key under way is ${change.to}, not ${to}`);
    delete this.#shelf.previous;
    await this.refreshRoot();
  }

  async refreshRoot(): Promise<void> {
    const before = this.#open();
    this.#ring = ringOf(this.#shelf);
    before.wipe();
  }

  #open(): RootRing {
    if (this.#ring === undefined) throw new Sealed('the seal is closed');
    return this.#ring;
  }
}

function ringOf({ current, previous }: RootShelf): RootRing {
  using root = SecretBytes.copyOf(current);
  if (previous === undefined) return new RootRing({ current: root });
  using former = SecretBytes.copyOf(previous.root);
  return new RootRing({ current: root, previous: former });
}
