import { existsSync } from 'node:fs';
import { type RandomSource, rootKeyId, RootRing, type SecretBytes } from '@claviger/crypto';
import { movePrivateFile, PrivateFileError, withFileLock } from '@claviger/platform';
import { requireWrappable, type RootChange, type RootRotation, Seal, Sealed } from '@claviger/ports';
import { createKey } from './create.js';
import { type KeyFiles, readKey, readKeyFiles } from './key-files.js';

interface Opened {
  readonly ring: RootRing;
  readonly change: RootChange | undefined;
}

/**
 * Wraps under a key derived from the root key of a key file (`wrapUnderRoot` has the form). The root key itself is not kept.
 *
 * While the root key is exchanged, the new one lies beside the key file as `<name>.next`; the change is finished by giving it the key
 * file's name, at once.
 */
export class KeyFileSeal extends Seal implements RootRotation {
  readonly kind = 'keyfile';
  #open: Opened | undefined;

  /** Use `openKeyFileSeal`. */
  constructor(
    private readonly files: KeyFiles,
    private readonly random: RandomSource,
  ) {
    super();
    this.#open = read(files);
  }

  status(): 'sealed' | 'unsealed' {
    return this.#open === undefined ? 'sealed' : 'unsealed';
  }

  async wrap(key: SecretBytes, context: string): Promise<Uint8Array> {
    requireWrappable(key);
    return this.#required().ring.wrap(key, context, this.random);
  }

  async unwrap(wrapped: Uint8Array, context: string): Promise<SecretBytes | undefined> {
    const key = this.#required().ring.unwrap(wrapped, context);
    if (key !== undefined || !this.#follow()) return key;
    return this.#required().ring.unwrap(wrapped, context);
  }

  seal(): void {
    this.#open?.ring.wipe();
    this.#open = undefined;
  }

  rootChange(): RootChange | undefined {
    return this.#open?.change;
  }

  /** When it began is the time of the file. */
  async beginRootChange(): Promise<RootChange> {
    this.#required();
    const { next, present } = this.files;
    withFileLock(present, () => {
      if (!existsSync(next.path)) createKey(next, this.random);
    });
    this.#read();
    const change = this.rootChange();
    if (change === undefined) throw new PrivateFileError(next.kind, next.path, 'a second root key', 'the present one');
    return change;
  }

  async rewrap(wrapped: Uint8Array, context: string): Promise<Uint8Array | 'current' | undefined> {
    return this.#required().ring.rewrap(wrapped, context, this.random);
  }

  async finishRootChange(to: string): Promise<void> {
    this.#required();
    const { next, present } = this.files;
    withFileLock(present, () => {
      if (!existsSync(next.path)) return;
      using key = readKey(next);
      const id = key.use(rootKeyId);
      if (id !== to) throw new RangeError(`the root key under way is ${id}, not ${to}`);
      movePrivateFile(next.path, present);
    });
    this.#read();
  }

  async refreshRoot(): Promise<void> {
    this.#required();
    this.#follow();
  }

  /** Takes over what another process changed. @returns whether it did */
  #follow(): boolean {
    const before = this.#required().ring;
    const { currentId, previousId } = before;
    try {
      this.#read();
    } catch {
      return false; // what is held stays good
    }
    const { ring } = this.#required();
    return ring.currentId !== currentId || ring.previousId !== previousId;
  }

  #read(): void {
    const before = this.#required();
    this.#open = read(this.files);
    before.ring.wipe();
  }

  #required(): Opened {
    if (this.#open === undefined) throw new Sealed('the seal over the key file is closed');
    return this.#open;
  }
}

function read(files: KeyFiles): Opened {
  const { current, former } = readKeyFiles(files);
  try {
    const ring = new RootRing({ current, ...(former !== undefined && { previous: former.key }) });
    const { currentId: to, previousId: from } = ring;
    const change = former === undefined || from === undefined ? undefined : { from, to, startedAt: former.since };
    return { ring, change };
  } finally {
    current.wipe();
    former?.key.wipe();
  }
}
