import {
  CancelKeyDeletionCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  type KMSClient,
  paginateListKeyRotations,
  paginateListKeys,
} from '@aws-sdk/client-kms';
import type { TestServer } from '@claviger/testing';
import { each } from '../servers/pool.js';
import { type Ciphertext, type Facts, type KeyFacts, phaseAfter } from './facts.js';
import { recordsPerRequest } from './records.js';

/** What is asked: one server, or a node for each side of a cluster. */
export type Checked = Pick<TestServer, 'kmsClient' | 'admin'>;

const WIDTH = 16;
/** Older ciphertexts looked at per key and round; all of them at the end. */
const SAMPLE = 3;

/** Holds what the service shows after a crash against what clients know. @returns sentences; empty when all is well */
export async function checkFacts(server: Checked, facts: Facts): Promise<string[]> {
  const kms = server.kmsClient();
  const findings = await checkKeys(kms, facts);
  findings.push(...(await checkStrangers(kms, facts)), ...(await checkRecords(server, facts)));
  kms.destroy();
  facts.checked();
  return findings;
}

/** The keys alone, e.g. on one more node. What was unanswered is known afterwards. */
export async function checkKeys(kms: KMSClient, facts: Facts): Promise<string[]> {
  const findings: string[] = [];
  await each(facts.keys, WIDTH, async (key) => void findings.push(...(await checkKey(kms, key))));
  return findings;
}

async function checkKey(kms: KMSClient, key: KeyFacts): Promise<string[]> {
  const findings: string[] = [];
  const state = await stateOf(kms, key.keyId);
  const { onDemand: rotations, automatic } = await rotationsOf(kms, key.keyId);
  // An unanswered change has happened, wholly, or it has not.
  const { unanswered } = key;
  const after = unanswered === null ? key.phase : phaseAfter(unanswered, key.phase);
  const rotated = key.rotations + (unanswered === 'rotate' ? 1 : 0);
  if (state !== key.phase && state !== after)
    findings.push(`key ${key.keyId} is ${state}, acknowledged was ${key.phase}`);
  if (rotations !== key.rotations && rotations !== rotated) {
    findings.push(`key ${key.keyId} has ${rotations} rotations, acknowledged were ${key.rotations}`);
  }
  if (automatic > (key.automatic ? 1 : 0)) findings.push(`key ${key.keyId} has rotated by itself ${automatic} times`);
  if (state === 'Enabled' || state === 'Disabled' || state === 'PendingDeletion') key.phase = state;
  key.rotations = rotations;
  key.unanswered = null;
  for (const ciphertext of key.ciphertexts.slice(-SAMPLE))
    findings.push(...(await checkCiphertext(kms, key, ciphertext)));
  return findings;
}

const REFUSAL = { Disabled: 'DisabledException', PendingDeletion: 'KMSInvalidStateException' } as const;

async function checkCiphertext(
  kms: KMSClient,
  key: KeyFacts,
  { blob, plaintext, context }: Ciphertext,
): Promise<string[]> {
  const expected = key.phase === 'Enabled' ? plaintext : REFUSAL[key.phase];
  const found = await kms.send(new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: context })).then(
    (answer) => Buffer.from(answer.Plaintext ?? []).toString(),
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
  return found === expected
    ? []
    : [`a ciphertext of key ${key.keyId} (${key.phase}): expected ${expected}, found ${found}`];
}

/** Keys that nobody was told of come from unanswered creations; each must be whole. */
async function checkStrangers(kms: KMSClient, facts: Facts): Promise<string[]> {
  const known = new Set([...facts.keys.map(({ keyId }) => keyId), ...facts.elsewhere]);
  const strangers: string[] = [];
  for await (const page of paginateListKeys({ client: kms, pageSize: 1000 }, {})) {
    for (const { KeyId } of page.Keys ?? []) if (KeyId !== undefined && !known.has(KeyId)) strangers.push(KeyId);
  }
  const findings: string[] = [];
  if (strangers.length > facts.unansweredCreations) {
    findings.push(`${strangers.length} keys that nobody knows, ${facts.unansweredCreations} creations were unanswered`);
  }
  for (const keyId of strangers) {
    const made = await kms.send(new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('whole?') })).catch(String);
    if (typeof made === 'string') findings.push(`key ${keyId}, of an unanswered creation, is not whole: ${made}`);
    facts.created(keyId);
  }
  return findings;
}

/** Every answered call has its record, and only one. */
async function checkRecords(server: Checked, facts: Facts): Promise<string[]> {
  const records = await recordsPerRequest(server, `from=${new Date(facts.since).toISOString()}`);
  return facts.acknowledged.flatMap(({ requestId, operation, keyId }) => {
    const count = records.get(requestId) ?? 0;
    return count === 1 ? [] : [`${operation} of key ${keyId} (${requestId}) was answered and has ${count} records`];
  });
}

/** At the very end: every key is brought back, and every ciphertext there ever was decrypts. */
export async function checkAllCiphertexts(
  server: Checked,
  facts: Facts,
): Promise<{ findings: string[]; decrypted: number }> {
  const kms = server.kmsClient();
  const findings: string[] = [];
  let decrypted = 0;
  await each(facts.keys, WIDTH, async (key) => {
    const KeyId = key.keyId;
    if (key.phase === 'PendingDeletion') await kms.send(new CancelKeyDeletionCommand({ KeyId }));
    if (key.phase !== 'Enabled') await kms.send(new EnableKeyCommand({ KeyId }));
    key.phase = 'Enabled';
    for (const ciphertext of key.ciphertexts) {
      findings.push(...(await checkCiphertext(kms, key, ciphertext)));
      decrypted += 1;
    }
  });
  kms.destroy();
  return { findings, decrypted };
}

async function stateOf(kms: KMSClient, KeyId: string): Promise<string> {
  return kms.send(new DescribeKeyCommand({ KeyId })).then(
    ({ KeyMetadata }) => KeyMetadata?.KeyState ?? 'without a state',
    (error: unknown) => String(error),
  );
}

export async function rotationsOf(
  kms: KMSClient,
  KeyId: string,
): Promise<{ readonly onDemand: number; readonly automatic: number }> {
  const counts = { onDemand: 0, automatic: 0 };
  for await (const page of paginateListKeyRotations({ client: kms }, { KeyId })) {
    for (const { RotationType } of page.Rotations ?? [])
      counts[RotationType === 'AUTOMATIC' ? 'automatic' : 'onDemand'] += 1;
  }
  return counts;
}
