import {
  encodeSealFile,
  openSealFile,
  parseSealFile,
  type RandomSource,
  type RootKeys,
  rootKeyId,
  ROOT_KEY_LENGTH,
  RootRing,
  type SealFile,
  type SealFileHeader,
  type SealUnlock,
  SecretBytes,
} from '@claviger/crypto';
import { Sealed } from './contract.js';
import type { RootChange } from './root-rotation.js';

/** A seal file as a seal needs it; where it lies is the adapter's business. */
export interface SealFileAccess {
  /** Its bytes. Throws when it cannot be read. */
  read(): Uint8Array;
  /**
   * Puts what `change` makes of the present bytes in their place, at once and durably; leaves them when it makes nothing. No other
   * process changes the file meanwhile.
   */
  update(change: (present: Uint8Array) => Uint8Array | undefined): void;
}

/** The seal file is none, or not of the kind that was expected. */
export class SealFileInvalid extends Error {
  override readonly name = 'SealFileInvalid';
}

/** @throws SealFileInvalid */
function readSealFile(bytes: Uint8Array): SealFile {
  const file = parseSealFile(bytes);
  if ('header' in file) return file;
  throw new SealFileInvalid(`the seal file is not one: expected ${file.expected}, found ${file.found}`);
}

interface Opened {
  readonly unlockKey: SecretBytes;
  ring: RootRing;
  /** The file that the ring came from. */
  bytes: Uint8Array;
  change: RootChange | undefined;
}

/**
 * The root keys of a seal file in memory: what seals have in common that keep their root keys in one, however their unlock key comes
 * about. The unlock key is kept as well, for changes of the root key by this process and by others.
 */
export class SealedRing {
  #open: Opened | undefined;

  constructor(
    private readonly access: SealFileAccess,
    private readonly random: RandomSource,
  ) {}

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** What the file says in clear, as of now. @throws SealFileInvalid, and what `read` throws */
  header(): SealFileHeader {
    return readSealFile(this.access.read()).header;
  }

  /** Opens the ring, if the file opens under this key. @param unlockKey owned from now on */
  open(unlockKey: SecretBytes): boolean {
    const bytes = this.access.read();
    const keys = openSealFile(readSealFile(bytes), unlockKey);
    if (keys === undefined) {
      unlockKey.wipe();
      return false;
    }
    this.close();
    this.#open = { unlockKey, ring: ringOf(keys), bytes, change: changeOf(readSealFile(bytes).header) };
    return true;
  }

  /** @throws Sealed */
  wrap(key: SecretBytes, context: string): Uint8Array {
    return this.#required().ring.wrap(key, context, this.random);
  }

  /** @throws Sealed */
  unwrap(wrapped: Uint8Array, context: string): SecretBytes | undefined {
    const key = this.#required().ring.unwrap(wrapped, context);
    if (key !== undefined || !this.refresh()) return key;
    return this.#required().ring.unwrap(wrapped, context);
  }

  /** @throws Sealed */
  rewrap(wrapped: Uint8Array, context: string): Uint8Array | 'current' | undefined {
    return this.#required().ring.rewrap(wrapped, context, this.random);
  }

  change(): RootChange | undefined {
    return this.#open?.change;
  }

  /** @throws Sealed */
  begin(now: number): RootChange {
    this.#update((header, keys) => {
      if (header.rotation !== null) return undefined;
      using root = SecretBytes.take(this.random(ROOT_KEY_LENGTH));
      const changed = { ...header, root: root.use(rootKeyId), rotation: { from: header.root, startedAt: now } };
      return this.#encode(changed, { current: root, previous: keys.current });
    });
    const change = this.change();
    if (change === undefined) throw new SealFileInvalid('the seal file lost the new root key');
    return change;
  }

  /** @throws Sealed, RangeError */
  finish(to: string): void {
    this.#update((header, keys) => {
      if (header.rotation === null) return undefined;
      if (header.root !== to) throw new RangeError(`the root key under way is ${header.root}, not ${to}`);
      return this.#encode({ ...header, rotation: null }, { current: keys.current });
    });
  }

  /**
   * Puts the root keys under another unlock key.
   * @param present opens the file now @param next lent; kept as a copy when this ring is open
   * @returns false when `present` does not open the file
   */
  rekey(present: SecretBytes, unlock: SealUnlock, next: SecretBytes): boolean {
    let opened = false;
    this.access.update((bytes) => {
      const file = readSealFile(bytes);
      const keys = openSealFile(file, present);
      if (keys === undefined) return undefined;
      opened = true;
      try {
        return encodeSealFile({ ...file.header, unlock }, keys, next, this.random);
      } finally {
        wipe(keys);
      }
    });
    if (opened && this.isOpen) this.open(SecretBytes.take(next.unsafeExportBytes()));
    return opened;
  }

  /** @returns whether another process has changed the file, and this ring follows */
  refresh(): boolean {
    const open = this.#required();
    let bytes: Uint8Array;
    try {
      bytes = this.access.read();
    } catch {
      return false; // what is held stays good
    }
    return Buffer.compare(bytes, open.bytes) !== 0 && this.#adopt(bytes);
  }

  close(): void {
    this.#open?.unlockKey.wipe();
    this.#open?.ring.wipe();
    this.#open = undefined;
  }

  #update(change: (header: SealFileHeader, keys: RootKeys) => Uint8Array | undefined): void {
    const { unlockKey } = this.#required();
    this.access.update((bytes) => {
      const file = readSealFile(bytes);
      const keys = openSealFile(file, unlockKey);
      if (keys === undefined) throw new Sealed('another process has rekeyed the seal file: unseal this one again');
      try {
        return change(file.header, keys);
      } finally {
        wipe(keys);
      }
    });
    this.#adopt(this.access.read());
  }

  #encode(header: SealFileHeader, keys: RootKeys): Uint8Array {
    return encodeSealFile(header, keys, this.#required().unlockKey, this.random);
  }

  #adopt(bytes: Uint8Array): boolean {
    const open = this.#required();
    const file = readSealFile(bytes);
    const keys = openSealFile(file, open.unlockKey);
    if (keys === undefined) return false;
    open.ring.wipe();
    open.ring = ringOf(keys);
    open.bytes = bytes;
    open.change = changeOf(file.header);
    return true;
  }

  #required(): Opened {
    if (this.#open === undefined) throw new Sealed('the seal is closed');
    return this.#open;
  }
}

/** Wipes the keys, which the ring does not need any more. */
function ringOf(keys: RootKeys): RootRing {
  try {
    return new RootRing(keys);
  } finally {
    wipe(keys);
  }
}

function wipe(keys: RootKeys): void {
  keys.current.wipe();
  keys.previous?.wipe();
}

function changeOf({ root, rotation }: SealFileHeader): RootChange | undefined {
  return rotation === null ? undefined : { from: rotation.from, to: root, startedAt: rotation.startedAt };
}
