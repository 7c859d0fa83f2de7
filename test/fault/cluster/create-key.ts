import { CreateKeyCommand, type CreateKeyCommandInput, type KMSClient } from '@aws-sdk/client-kms';
import type { Facts } from '../facts.js';

/** A key whose creation is counted as unanswered until it is answered. The caller says to the facts who keeps account of it. */
export async function createKey(kms: KMSClient, facts: Facts, input: CreateKeyCommandInput = {}): Promise<string> {
  facts.unansweredCreations += 1;
  const { KeyMetadata } = await kms.send(new CreateKeyCommand(input));
  facts.unansweredCreations -= 1;
  if (KeyMetadata?.KeyId === undefined) throw new Error('a CreateKey without a KeyId');
  return KeyMetadata.KeyId;
}
