import type { KeyObject } from 'node:crypto';
import { type SigningAlgorithm, signMessage } from '@claviger/crypto';

/** What a worker gets. */
export interface DigestJob {
  readonly id: number;
  readonly key: KeyObject;
  readonly algorithm: SigningAlgorithm;
  readonly digest: Uint8Array;
  /** Random bytes for salt or nonce, drawn by the main thread, used once. */
  readonly random: Uint8Array;
}

export type DigestAnswer =
  | { readonly id: number; readonly signature: Uint8Array }
  | { readonly id: number; readonly error: string };

/** More than any signature draws: a PSS salt has at most 64 bytes, a hedged nonce 32. */
export const JOB_RANDOM_LENGTH = 96;

/** Total: whatever goes wrong is an answer. */
export async function answerDigestJob(job: DigestJob): Promise<DigestAnswer> {
  let drawn = 0;
  const random = (length: number): Uint8Array => {
    const bytes = job.random.subarray(drawn, drawn + length); // a short rest is refused by whoever draws
    drawn += length;
    return bytes;
  };
  try {
    const signature = await signMessage(job.key, job.algorithm, 'DIGEST', job.digest, random);
    return { id: job.id, signature: Uint8Array.from(signature) };
  } catch (error) {
    return { id: job.id, error: error instanceof Error ? error.message : 'signing failed' };
  } finally {
    job.random.fill(0);
  }
}
