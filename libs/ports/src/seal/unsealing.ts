import type { SecretBytes } from '@claviger/crypto';
import type { Seal } from './contract.js';

/** How far the unsealing is, for people. Nothing in it is secret. */
export type UnsealProgress =
  | { readonly status: 'unsealed' }
  | { readonly status: 'sealed'; readonly wants: 'passphrase' }
  | ({ readonly status: 'sealed'; readonly wants: 'shares' } & ShareProgress);

/** Which share of which set. Nothing in it is secret. */
export interface ShareName {
  readonly set: string;
  /** From 1 up. */
  readonly index: number;
}

export interface ShareProgress {
  /** Names the set of shares that is wanted. */
  readonly set: string;
  /** Shares that were handed out, and how many of them are needed. */
  readonly shares: number;
  readonly threshold: number;
  /** Indexes of those that were given, from 1 up, ascending. */
  readonly given: readonly number[];
  /** How many more are needed. */
  readonly missing: number;
}

/**
 * `wrong-passphrase`: it does not open the seal · `unreadable-share`: no share, or mistyped · `other-set`: a share of other keys or of
 * before a rekey · `wrong-share`: not the share that was handed out under this index · `given-twice` · `file-changed`: the right
 * shares do not open the seal file, so somebody changed it.
 */
export type UnsealRefusal =
  | 'wrong-passphrase'
  | 'unreadable-share'
  | 'other-set'
  | 'wrong-share'
  | 'given-twice'
  | 'file-changed';

/** What was given does not help. Nothing that was given before is lost. The message names the share, never its content. */
export class UnsealRefused extends Error {
  override readonly name = 'UnsealRefused';
  constructor(
    readonly reason: UnsealRefusal,
    message: string,
    /** Which share it was, as far as that can be read. */
    readonly share?: ShareName,
  ) {
    super(message);
  }
}

/**
 * Optional capability: a seal that starts sealed and is opened by people. Sealed, everything but the methods here throws `Sealed`;
 * opened, it never closes by itself.
 */
export interface Unsealable {
  progress(): UnsealProgress;

  /**
   * Takes the passphrase or one share, in UTF-8; the caller still owns (and wipes) `input`. Does nothing when the seal is open already.
   * Calls wait for one another.
   *
   * @param taken is told when it was looked at and taken, and which share it was: null for a passphrase. Not called where the seal is
   *   open already, since nothing is looked at then
   * @throws UnsealRefused
   */
  unseal(input: SecretBytes, taken?: (share: ShareName | null) => void): Promise<UnsealProgress>;

  /** Forgets the shares given so far. Does nothing to an open seal. */
  forgetShares(): void;
}

/** Optional capability: another passphrase for the same root key. */
export interface PassphraseRekey {
  /**
   * Durable on return; the former passphrase opens nothing any more, except copies of the seal file from before. Works sealed as well.
   * @throws UnsealRefused when `present` is wrong; RangeError for a `next` that is too short
   */
  changePassphrase(present: SecretBytes, next: SecretBytes): Promise<void>;
}

export function canChangePassphrase(seal: Seal): seal is Seal & PassphraseRekey {
  return 'changePassphrase' in seal;
}

/** What is to be shared out. */
export interface SharePlan {
  /** 2 to 255. */
  readonly shares: number;
  /** 2 to `shares`. */
  readonly threshold: number;
}

/** `authorising`: present shares are collected · `confirming`: the new ones were handed out and a quorum of them is collected. */
export type SharesRekeyProgress =
  | { readonly step: 'none' }
  | ({ readonly step: 'authorising' | 'confirming' } & ShareProgress);

/**
 * Optional capability: other shares for the same root key, by a quorum of the present ones. The new shares count only when as many of
 * them as are needed were given back: a process that dies before anybody has written them down then changes nothing.
 */
export interface SharesRekey {
  rekeyProgress(): SharesRekeyProgress;

  /** Begins anew; a rekey under way is dropped. @throws RangeError for a plan that is none; Sealed */
  beginRekey(plan: SharePlan): SharesRekeyProgress;

  /**
   * Takes one share: a present one, or, once the new ones exist, a new one. With the last present one that is needed the new shares
   * come, once, in the order of their indexes: the caller owns them and hands each to another person. With the last new one that is
   * needed the change is durable, and the present shares open nothing any more, except copies of the seal file from before.
   *
   * @throws UnsealRefused; Sealed; RangeError when no rekey is under way
   */
  giveForRekey(share: SecretBytes): Promise<{
    readonly progress: SharesRekeyProgress;
    readonly newShares?: readonly SecretBytes[];
  }>;

  /** Drops a rekey under way. */
  cancelRekey(): void;
}

export function canRekeyShares(seal: Seal): seal is Seal & SharesRekey {
  return 'beginRekey' in seal && 'giveForRekey' in seal;
}
