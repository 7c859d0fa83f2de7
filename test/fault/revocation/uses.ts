import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { parseCiphertext } from '@claviger/crypto';
import { broken, type Rule, type Used } from './rule.js';

export type UseKind = 'encrypt' | 'decrypt' | 'encrypt by alias';
export const USE_KINDS: readonly UseKind[] = ['encrypt', 'decrypt', 'encrypt by alias'];

/** What refuses a use that was revoked. */
const REFUSALS = ['DisabledException', 'KMSInvalidStateException', 'NotFoundException'];
const MOST_FINDINGS = 20;

/** What became of all uses. */
export class UseCounts {
  succeeded = 0;
  refused = 0;
  /** Sent after the answer of a revocation, and answered with what it had taken away. */
  afterTheAnswer = 0;
  readonly findings: string[] = [];
  /** Failures that no revocation explains, by their names. */
  readonly failures = new Map<string, number>();

  judge(node: number, kind: UseKind, rule: Rule, used: Used): void {
    this.succeeded += 1;
    const how = broken(rule, kind === 'encrypt by alias', used);
    if (how === undefined) return;
    this.afterTheAnswer += 1;
    if (this.findings.length < MOST_FINDINGS) this.findings.push(`node ${node}, ${kind}: ${how}`);
  }

  /** @param explained a revocation was under way, or not undone, when it was sent or answered */
  failed(error: unknown, explained: boolean): void {
    const name = error instanceof Error ? error.name : 'unknown';
    if (explained && REFUSALS.includes(name)) this.refused += 1;
    else this.failures.set(name, (this.failures.get(name) ?? 0) + 1);
  }
}

/** What a lane's uses are about. */
export interface UseTarget {
  readonly keyId: string;
  /** With `alias/`. */
  readonly alias: string;
  /** Made under the key. */
  readonly ciphertext: Uint8Array;
}

/** @throws what the service refuses it with */
export async function use(kms: KMSClient, kind: UseKind, { keyId, alias, ciphertext }: UseTarget): Promise<Used> {
  if (kind === 'decrypt') {
    const { KeyId = '' } = await kms.send(new DecryptCommand({ CiphertextBlob: ciphertext }));
    return { keyId: KeyId.slice(-36), version: null };
  }
  const command = new EncryptCommand({ KeyId: kind === 'encrypt' ? keyId : alias, Plaintext: Buffer.from('text') });
  const { CiphertextBlob = new Uint8Array() } = await kms.send(command);
  const parsed = parseCiphertext(CiphertextBlob);
  if (parsed === undefined) throw new Error('an Encrypt without a ciphertext');
  return { keyId: parsed.keyId, version: parsed.version };
}
