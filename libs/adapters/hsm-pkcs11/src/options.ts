import type { RandomSource } from '@claviger/crypto';
import type { Clock } from '@claviger/platform';
import type { PinSource } from './pin.js';
import type { TokenNotice } from './token-link.js';

export interface Pkcs11HsmOptions {
  /** The vendor's PKCS #11 module, e.g. `/usr/lib/softhsm/libsofthsm2.so`. */
  readonly modulePath: string;
  /** The token is found by its label, not by a slot number: those change. */
  readonly tokenLabel: string;
  /** Needed when several tokens have that label. Known once the token was opened: no other ever takes its place. */
  readonly tokenSerial?: string;
  /** The user's PIN (a copy is taken, the caller still owns it), or a file whose first line it is. */
  readonly pin: PinSource;
  /**
   * Sessions with the token, each on a thread of its own: that many calls run at once. 4 when absent. For SoftHSM 1 is enough: more
   * make it hardly faster, and its threads get in each other's way when objects are made.
   */
  readonly sessions?: number;
  /** For IVs. */
  readonly random: RandomSource;
  readonly clock: Clock;
  /** Milliseconds until a call is given up; 60,000 when absent. Making RSA keys takes some tokens half a minute. */
  readonly callTimeout?: number;
  /** Most calls that wait for a session before others are refused; 1024 when absent. */
  readonly mostWaiting?: number;
  /** Hears of a token that went away and came back, and of what it lacks. */
  readonly notice?: (notice: TokenNotice) => void;
  /** Compiled entry of the threads; only tests name another. */
  readonly entry?: URL;
}
