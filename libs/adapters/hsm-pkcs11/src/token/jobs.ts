import type { EncryptionAlgorithm, MacAlgorithm, SigningAlgorithm } from '@claviger/domain';
import type { Material, MessageType, SymmetricSealed } from '@claviger/ports';
import type { Capabilities } from './capabilities.js';
import type { TokenAddress, TokenFacts } from './session.js';

/** What a thread with a token session can be asked for: plain data, since it crosses threads. */
export interface Jobs {
  /** `leaveMarker` is for the first connection ever; later ones need to find the marker. */
  connect: {
    request: { readonly address: TokenAddress; readonly pin: Uint8Array; readonly leaveMarker: boolean };
    result: TokenFacts;
  };
  disconnect: { request: undefined; result: void };
  finalize: { request: undefined; result: void };
  capabilities: { request: undefined; result: Capabilities };
  alive: { request: undefined; result: void };
  generate: { request: GenerateJob; result: GenerateAnswer };
  encrypt: {
    request: Of<{ iv: Uint8Array; plaintext: Uint8Array; aad: Uint8Array }>;
    result: Omit<SymmetricSealed, 'iv'>;
  };
  decrypt: { request: Of<SymmetricSealed & { aad: Uint8Array }>; result: Uint8Array | undefined };
  rsaDecrypt: {
    request: Of<{ algorithm: EncryptionAlgorithm; ciphertext: Uint8Array }>;
    result: Uint8Array | undefined;
  };
  /** ECDSA answers r ∥ s. */
  sign: {
    request: Of<{ algorithm: SigningAlgorithm; messageType: MessageType; message: Uint8Array }>;
    result: Uint8Array;
  };
  mac: { request: Of<{ algorithm: MacAlgorithm; message: Uint8Array }>; result: Uint8Array };
  wrap: { request: Of<{ mechanism: number; dataKey: Uint8Array }>; result: Uint8Array };
  unwrap: { request: Of<{ mechanism: number; wrapped: Uint8Array }>; result: Uint8Array | undefined };
  condemn: { request: { readonly material: Material }; result: void };
  erase: { request: { readonly material: Material }; result: void };
  list: { request: { readonly after: string; readonly maxCount: number }; result: readonly string[] };
  /** Touch the thread's memory only. */
  drop: { request: { readonly reference: string }; result: void };
  forget: { request: { readonly keyId: string }; result: void };
}

type Of<Request> = Readonly<Request> & { readonly material: Material };

export interface GenerateJob {
  readonly material: Material;
  readonly wrapping: boolean;
  readonly nonce: string;
  readonly abandoned: readonly string[];
}

export type GenerateAnswer =
  | { readonly kind: 'made'; readonly publicKey: Uint8Array | undefined; readonly fingerprint: Uint8Array }
  | { readonly kind: 'proposed' }
  | { readonly kind: 'waits'; readonly candidates: readonly string[] };

export type JobName = keyof Jobs;

/** Everything that can come of a job; nothing is thrown across threads. */
export type Answer<J extends JobName> =
  | { readonly kind: 'done'; readonly result: Jobs[J]['result'] }
  /** The material is not there or not that; `unsure` when another process may just have made it. */
  | { readonly kind: 'absent'; readonly why: string; readonly unsure: boolean }
  /** Session or token are gone. */
  | { readonly kind: 'lost'; readonly why: string }
  /** The device said no; its session is sound. */
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'pin-refused'; readonly why: string; readonly tried: boolean }
  /** To be put right in settings or on the machine. */
  | { readonly kind: 'unusable'; readonly why: string };
