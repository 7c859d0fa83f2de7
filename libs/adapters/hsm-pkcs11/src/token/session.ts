import { CKA, CKF, CKO, CKR, USER } from './ck.js';
import { type Attribute, codeOf, type Cryptoki, type Handle, inWords, type TokenInfo } from './cryptoki.js';
import { APPLICATION, MARKER_LABEL } from './description.js';
import { Lost, lostBy, PinRefused, Unusable } from './failure.js';

/** Which token: by label, and by serial number once that is known, so that another token never takes its place. */
export interface TokenAddress {
  readonly label: string;
  readonly serial: string | undefined;
}

export interface TokenFacts {
  readonly label: string;
  readonly serial: string;
  readonly manufacturer: string;
  readonly model: string;
  /**
   * Does a process miss what others have changed? SoftHSM counts changes of a token in a file, and a process that makes or destroys an
   * object takes the new count without having looked at what others did just before. It sees that only after the next change of theirs,
   * or after C_Initialize. (Generation::commit, 2.6.1.)
   */
  readonly viewsGoStale: boolean;
}

const FIND_AT_ONCE = 64;
const READS = 5;

/** One session with the token, logged in as user. All calls block. */
export class TokenSession {
  readonly #module: Cryptoki;
  #open: { readonly slot: Handle; readonly session: Handle } | undefined;

  constructor(module: Cryptoki) {
    this.#module = module;
  }

  /** The module, for calls that take {@link handle}. */
  get module(): Cryptoki {
    return this.#module;
  }

  /** @throws Lost before `connect` */
  get handle(): Handle {
    return this.#opened().session;
  }

  get slot(): Handle {
    return this.#opened().slot;
  }

  /**
   * Opens a session with the token and logs in. An earlier session is forgotten, not closed: after C_Finalize its number may be that
   * of somebody else's.
   *
   * @throws Lost when the token is not there, PinRefused, Unusable
   */
  connect(address: TokenAddress, pin: Uint8Array): TokenFacts {
    this.#open = undefined;
    try {
      this.#initialize();
      const { slot, info } = this.#find(address);
      const session = this.#module.C_OpenSession(slot, CKF.SERIAL_SESSION | CKF.RW_SESSION);
      this.#open = { slot, session };
      this.#login(session, info, pin);
      return factsOf(info);
    } catch (error) {
      if (error instanceof PinRefused || error instanceof Unusable) throw error;
      throw lostBy(error);
    }
  }

  /** Closes the session. The login stays: it is the process's, and others may work under it. */
  disconnect(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    try {
      this.#module.C_CloseSession(open.session);
    } catch {
      // gone already
    }
  }

  /** Ends the module's work in this process: every session of every thread. Nothing else may be in a call of this module meanwhile. */
  finalize(): void {
    this.#open = undefined;
    try {
      this.#module.C_Finalize();
    } catch {
      // was not initialised, or its device is gone; C_Initialize tells what matters
    }
  }

  /** Puts the marker on the token if it has none yet. @throws Unusable when the token keeps no data objects */
  leaveMarker(): void {
    if (this.#hasMarker()) return;
    try {
      this.keepData(MARKER_LABEL, '');
    } catch (error) {
      throw new Unusable(`the token keeps no data objects, which mark what was destroyed: ${inWords(error)}`, {
        cause: error,
      });
    }
  }

  /**
   * Does the session see the token's private objects? A token that went away and came back looks sound to SoftHSM, but shows nothing:
   * "there is no such object" counts only when the marker is seen afterwards.
   *
   * @throws Lost when not
   */
  requireAlive(): void {
    let seen: boolean;
    try {
      seen = this.#hasMarker();
    } catch (error) {
      throw lostBy(error);
    }
    if (!seen) throw new Lost('the token does not show its objects any more');
  }

  /** All objects that match. */
  find(template: readonly Attribute[]): Handle[] {
    const { session } = this.#opened();
    this.#module.C_FindObjectsInit(session, [...template]);
    const found: Handle[] = [];
    try {
      for (;;) {
        const some = this.#module.C_FindObjects(session, FIND_AT_ONCE);
        found.push(...some);
        if (some.length === 0) return found;
      }
    } finally {
      this.#module.C_FindObjectsFinal(session);
    }
  }

  /** Values in the order of `types`; empty for what the object has not. */
  read(object: Handle, types: readonly number[]): Buffer[] {
    for (let left = READS; ; left--) {
      try {
        const wanted = types.map((type) => ({ type }));
        const values = this.#module.C_GetAttributeValue(this.handle, object, wanted);
        return types.map((_, i) => values[i]?.value ?? Buffer.alloc(0));
      } catch (error) {
        // pkcs11js asks for the length first; another process has changed the label in between.
        if (codeOf(error) !== CKR.BUFFER_TOO_SMALL || left === 0) throw error;
      }
    }
  }

  setLabel(object: Handle, label: string): void {
    this.#module.C_SetAttributeValue(this.handle, object, [{ type: CKA.LABEL, value: label }]);
  }

  destroyObject(object: Handle): void {
    this.#module.C_DestroyObject(this.handle, object);
  }

  hasData(label: string): boolean {
    return (
      this.find([
        { type: CKA.CLASS, value: CKO.DATA },
        { type: CKA.LABEL, value: label },
      ]).length > 0
    );
  }

  /** Keeps a data object that can never be changed. */
  keepData(label: string, value: string): void {
    this.#module.C_CreateObject(this.handle, [
      { type: CKA.CLASS, value: CKO.DATA },
      { type: CKA.TOKEN, value: true },
      { type: CKA.PRIVATE, value: true },
      { type: CKA.MODIFIABLE, value: false },
      { type: CKA.APPLICATION, value: APPLICATION },
      { type: CKA.LABEL, value: label },
      { type: CKA.VALUE, value: Buffer.from(value, 'utf8') },
    ]);
  }

  #hasMarker(): boolean {
    return this.hasData(MARKER_LABEL);
  }

  #opened(): { readonly slot: Handle; readonly session: Handle } {
    if (this.#open === undefined) throw new Lost('there is no session');
    return this.#open;
  }

  #initialize(): void {
    try {
      this.#module.C_Initialize({ flags: CKF.OS_LOCKING_OK }); // several threads of ours call it
    } catch (error) {
      if (codeOf(error) !== CKR.CRYPTOKI_ALREADY_INITIALIZED) throw error; // by another thread
    }
  }

  #find({ label, serial }: TokenAddress): { slot: Handle; info: TokenInfo } {
    const present: { slot: Handle; info: TokenInfo }[] = [];
    for (const slot of this.#module.C_GetSlotList(true)) {
      const info = tokenInfo(this.#module, slot);
      if (info !== undefined) present.push({ slot, info });
    }
    const named = present.filter(({ info }) => info.label.trim() === label);
    const right = named.filter(({ info }) => serial === undefined || info.serialNumber.trim() === serial);
    const [first, second] = right;
    if (second !== undefined) {
      const serials = right.map(({ info }) => info.serialNumber.trim()).join(', ');
      throw new Unusable(`several tokens have the label "${label}"; name the serial number of one: ${serials}`);
    }
    if (first !== undefined) return first;
    throw new Lost(
      named.length === 0
        ? `no token with the label "${label}" is there`
        : `the token with the label "${label}" is not the one with serial number ${serial}`,
    );
  }

  #login(session: Handle, { flags }: TokenInfo, pin: Uint8Array): void {
    // A program that tries again and again must not be the one that locks the token.
    if ((flags & CKF.USER_PIN_LOCKED) !== 0) throw new PinRefused('the PIN of the token is locked', false);
    if ((flags & CKF.USER_PIN_FINAL_TRY) !== 0) {
      throw new PinRefused('one more wrong PIN would lock the token; log in with the right one by other means', false);
    }
    try {
      this.#module.C_Login(session, USER, Buffer.from(pin).toString('utf8'));
    } catch (error) {
      const code = codeOf(error);
      if (code === CKR.USER_ALREADY_LOGGED_IN) return; // the login is the process's, not the session's
      if (code === undefined || !BAD_PIN.has(code)) throw error;
      throw new PinRefused(`the token refused the PIN: ${inWords(error)}`, true);
    }
  }
}

const BAD_PIN: ReadonlySet<number> = new Set([CKR.PIN_INCORRECT, CKR.PIN_INVALID, CKR.PIN_LEN_RANGE, CKR.PIN_LOCKED]);

/** Undefined for a slot whose token vanished after it was listed. */
function tokenInfo(module: Cryptoki, slot: Handle): TokenInfo | undefined {
  try {
    return module.C_GetTokenInfo(slot);
  } catch {
    return undefined;
  }
}

/** The texts are padded with blanks. */
function factsOf(info: TokenInfo): TokenFacts {
  return {
    label: info.label.trim(),
    serial: info.serialNumber.trim(),
    manufacturer: info.manufacturerID.trim(),
    model: info.model.trim(),
    viewsGoStale: info.manufacturerID.startsWith('SoftHSM'),
  };
}
