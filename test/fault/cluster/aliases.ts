import {
  CreateAliasCommand,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  EncryptCommand,
  type KMSClient,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import type { Chance } from '../../servers/random.js';
import type { Facts, KeyFacts } from '../facts.js';
import { answered } from '../load.js';
import type { AfterTheAnswer } from './after-the-answer.js';
import { leavesOpen } from './answers.js';
import type { Stepper } from './load.js';

/** An alias as a client knows it. */
export interface AliasFacts {
  readonly name: string;
  /** The key that it leads to; null: it is gone. */
  target: string | null;
  /** Sent and not answered: it may lead there now. */
  unanswered: { readonly target: string | null } | null;
}

const MOST = 40;

export interface AliasClientParts {
  readonly kms: KMSClient;
  readonly facts: Facts;
  readonly aliases: AliasFacts[];
  /** Where aliases lead; nobody disables these. */
  readonly keys: readonly KeyFacts[];
  readonly chance: Chance;
  readonly revoked: AfterTheAnswer;
}

/** Makes, moves, uses and deletes aliases. No other client changes them. */
export class AliasClient implements Stepper {
  readonly name = 'aliases';

  constructor(private readonly on: AliasClientParts) {}

  async step(): Promise<void> {
    const { aliases, chance } = this.on;
    const known = aliases.filter(({ unanswered, target }) => unanswered === null && target !== null);
    const act = chance.weighted({ create: 1, update: 3, remove: 1, encrypt: 6 });
    if (known.length === 0 || (act === 'create' && aliases.length < MOST)) return this.create();
    const alias = chance.of(known);
    if (act === 'update') return this.change(alias, chance.of(this.on.keys).keyId);
    return act === 'remove' ? this.change(alias, null) : this.encrypt(alias);
  }

  close(): void {
    this.on.kms.destroy();
  }

  private async create(): Promise<void> {
    const { aliases, chance, keys } = this.on;
    const alias: AliasFacts = {
      name: `alias/fault-${aliases.length}-${chance.below(1e9)}`,
      target: null,
      unanswered: null,
    };
    aliases.push(alias);
    await this.change(alias, chance.of(keys).keyId);
  }

  private async change(alias: AliasFacts, target: string | null): Promise<void> {
    const { facts, revoked } = this.on;
    alias.unanswered = { target };
    const { $metadata } = await answered(this.send(alias, target), leavesOpen);
    alias.unanswered = null;
    alias.target = target;
    facts.acknowledged.push({ requestId: $metadata.requestId ?? '', operation: 'alias', keyId: alias.name });
    await revoked.alias(alias.name, target);
  }

  private send({ name: AliasName, target }: AliasFacts, to: string | null) {
    const { kms } = this.on;
    if (to === null) return kms.send(new DeleteAliasCommand({ AliasName }));
    const command = { AliasName, TargetKeyId: to };
    return target === null ? kms.send(new CreateAliasCommand(command)) : kms.send(new UpdateAliasCommand(command));
  }

  private async encrypt({ name, target }: AliasFacts): Promise<void> {
    const { kms, facts, keys, chance } = this.on;
    const plaintext = `secret ${chance.below(1e9)}`;
    const context = { alias: name };
    const command = new EncryptCommand({ KeyId: name, Plaintext: Buffer.from(plaintext), EncryptionContext: context });
    const { CiphertextBlob: blob, KeyId = '', $metadata } = await answered(kms.send(command), leavesOpen);
    const key = keys.find(({ keyId }) => KeyId.endsWith(keyId));
    if (blob === undefined || key === undefined || key.keyId !== target) {
      throw new Error(`${name} led to ${KeyId}, acknowledged was ${target ?? 'its deletion'}`);
    }
    key.ciphertexts.push({ blob, plaintext, context });
    facts.acknowledged.push({ requestId: $metadata.requestId ?? '', operation: 'Encrypt', keyId: key.keyId });
    const opened = await answered(
      kms.send(new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: context })),
      leavesOpen,
    );
    if (Buffer.from(opened.Plaintext ?? []).toString() !== plaintext)
      throw new Error(`${name}: decrypted to something else`);
  }
}

/** Where each alias leads on this node. What was unanswered is known afterwards. */
export async function checkAliases(kms: KMSClient, aliases: readonly AliasFacts[]): Promise<string[]> {
  const findings: string[] = [];
  for (const alias of aliases) {
    const found = await targetOf(kms, alias.name);
    const possible = alias.unanswered === null ? [alias.target] : [alias.target, alias.unanswered.target];
    if (!possible.includes(found)) findings.push(`${alias.name} leads to ${found}, acknowledged was ${alias.target}`);
    alias.target = found;
    alias.unanswered = null;
  }
  return findings;
}

async function targetOf(kms: KMSClient, name: string): Promise<string | null> {
  try {
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: name }));
    return KeyMetadata?.KeyId ?? 'a key without an id';
  } catch (error) {
    return error instanceof Error && error.name === 'NotFoundException' ? null : String(error);
  }
}
