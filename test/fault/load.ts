import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  DecryptCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  type KMSClient,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import type { TestServer } from '@claviger/testing';
import type { Chance } from '../servers/random.js';
import { type Facts, type KeyFacts, type Mutation, phaseAfter } from './facts.js';

/** Over AWS a key takes 25 rotations on demand. */
const MOST_ROTATIONS = 25;

/** Whether the call took effect is unknown: the connection broke before an answer came, or the answer does not say. */
export class NoAnswer extends Error {}

/** Clients that use the service until it dies. Each changes and uses keys of its own. */
export async function runClients(server: TestServer, facts: Facts, chance: Chance, clients: number): Promise<void> {
  const own = shares(facts, clients).map((keys) => new Client(server.kmsClient(), facts, keys, chance));
  await Promise.all(own.map((client) => client.run()));
}

/** The keys that clients may change, each given to one of them. */
export function shares(facts: Facts, clients: number): KeyFacts[][] {
  const lists: KeyFacts[][] = Array.from({ length: clients }, () => []);
  facts.keys.filter(({ automatic }) => !automatic).forEach((key, index) => lists[index % clients]?.push(key));
  return lists;
}

/** What is special about a client whose service does not die as a whole. */
export interface ClientOptions {
  /** Is this answer no answer: one that leaves open whether the call took effect? None is, when absent. */
  readonly leavesOpen?: (error: unknown) => boolean;
  /** After the answer of a change, before the next call. */
  readonly onChanged?: (key: KeyFacts) => Promise<void>;
}

export class Client {
  constructor(
    readonly kms: KMSClient,
    private readonly facts: Facts,
    private readonly own: KeyFacts[],
    private readonly chance: Chance,
    private readonly options: ClientOptions = {},
  ) {}

  /** Until there is no answer. @throws what the service answered otherwise: no legal call may fail */
  async run(): Promise<void> {
    try {
      for (;;) await this.step();
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
    } finally {
      this.kms.destroy();
    }
  }

  /** One call. A key with an unanswered change rests until a check has told what became of it. @throws NoAnswer, and as `run` */
  async step(): Promise<void> {
    const known = this.own.filter(({ unanswered }) => unanswered === null);
    const key = known.length === 0 ? undefined : this.chance.of(known);
    const act = this.chance.weighted({ create: 2, encrypt: 10, decrypt: 4, change: 4 });
    if (key === undefined || act === 'create') return this.create();
    if (act === 'change') return this.change(key);
    if (key.phase !== 'Enabled') return;
    return act === 'encrypt' ? this.encrypt(key) : this.decrypt(key);
  }

  private async create(): Promise<void> {
    // Counted before it is sent: a call that was sent may have happened.
    this.facts.unansweredCreations += 1;
    const made = await this.answered(this.kms.send(new CreateKeyCommand({})));
    this.facts.unansweredCreations -= 1;
    const key = this.facts.created(made.KeyMetadata?.KeyId ?? '');
    this.own.push(key);
    this.note('CreateKey', key, made);
  }

  private async encrypt(key: KeyFacts): Promise<void> {
    const plaintext = `secret ${this.chance.below(1e9)}`;
    const context = { row: String(this.chance.below(1000)) };
    const command = new EncryptCommand({
      KeyId: key.keyId,
      Plaintext: Buffer.from(plaintext),
      EncryptionContext: context,
    });
    const made = await this.answered(this.kms.send(command));
    if (made.CiphertextBlob === undefined) throw new Error('an Encrypt without ciphertext');
    key.ciphertexts.push({ blob: made.CiphertextBlob, plaintext, context });
    this.note('Encrypt', key, made);
  }

  private async decrypt(key: KeyFacts): Promise<void> {
    if (key.ciphertexts.length === 0) return;
    const { blob, plaintext, context } = this.chance.of(key.ciphertexts);
    const found = await this.answered(
      this.kms.send(new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: context })),
    );
    const text = Buffer.from(found.Plaintext ?? []).toString();
    if (text !== plaintext) throw new Error(`key ${key.keyId}: decrypted to something else`);
    this.note('Decrypt', key, found);
  }

  private async change(key: KeyFacts): Promise<void> {
    const mutation = this.choose(key);
    key.unanswered = mutation;
    const made = await this.answered(this.send(mutation, key.keyId));
    key.unanswered = null;
    key.phase = phaseAfter(mutation, key.phase);
    if (mutation === 'rotate') key.rotations += 1;
    this.note(mutation, key, made);
    await this.options.onChanged?.(key);
  }

  private choose(key: KeyFacts): Mutation {
    if (key.phase === 'PendingDeletion') return 'cancel';
    if (key.phase === 'Disabled') return this.chance.of(['enable', 'enable', 'schedule']);
    if (key.rotations >= MOST_ROTATIONS) return 'disable';
    return this.chance.of(['rotate', 'rotate', 'rotate', 'disable', 'schedule']);
  }

  private send(mutation: Mutation, KeyId: string): Promise<Answer> {
    switch (mutation) {
      case 'rotate':
        return this.kms.send(new RotateKeyOnDemandCommand({ KeyId }));
      case 'disable':
        return this.kms.send(new DisableKeyCommand({ KeyId }));
      case 'enable':
        return this.kms.send(new EnableKeyCommand({ KeyId }));
      case 'schedule':
        return this.kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
      case 'cancel':
        return this.kms.send(new CancelKeyDeletionCommand({ KeyId }));
    }
  }

  private answered<T>(call: Promise<T>): Promise<T> {
    return answered(call, this.options.leavesOpen);
  }

  private note(operation: string, { keyId }: KeyFacts, { $metadata }: Answer): void {
    this.facts.acknowledged.push({ requestId: $metadata.requestId ?? '', operation, keyId });
  }
}

interface Answer {
  readonly $metadata: { readonly requestId?: string | undefined };
}

/** @throws NoAnswer when nobody knows what became of it; what the service answered otherwise: no legal call may fail */
export async function answered<T>(call: Promise<T>, leavesOpen?: (error: unknown) => boolean): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const open = statusOf(error) === undefined || leavesOpen?.(error) === true;
    throw open ? new NoAnswer(String(error), { cause: error }) : error;
  }
}

/** Of the answer; undefined where there was none. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
}
