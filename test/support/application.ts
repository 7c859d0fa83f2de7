import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { ApplicationModule, Bootstrap, ChangeKernel, systemCall } from '@claviger/application';
import { SecretBytes } from '@claviger/crypto';
import {
  type PrincipalAggregate,
  type PrincipalCommand,
  type PrincipalContext,
  principalDecider,
  type PrincipalEvent,
  principalStream,
} from '@claviger/domain';
import { type AuditJournal, type OpenEntry, parseOpenEntry } from '@claviger/ports';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type MemoryParts, memoryParts } from './memory-parts.js';

const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';

export interface TestCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The whole application over parts in memory, with two principals that can sign calls. */
export interface TestApplication {
  readonly context: INestApplicationContext;
  readonly parts: MemoryParts;
  readonly administrator: TestCredentials;
  /** Known, and allowed nothing. */
  readonly nobody: TestCredentials;
  /** Lines of the log so far, JSON each. */
  readonly log: readonly string[];
  /** Open parts of all journal entries so far. */
  entries(): Promise<readonly OpenEntry[]>;
  /** All events so far. */
  events(): Promise<readonly { readonly requestId: string; readonly stream: string; readonly type: string }[]>;
  close(): Promise<void>;
}

export async function startApplication(): Promise<TestApplication> {
  const parts = await memoryParts();
  const { journal, store } = parts;
  const context = await NestFactory.createApplicationContext(ApplicationModule.over(parts), { logger: false });
  const administrator = { accessKeyId: 'AKIACLAVIGERADMIN0001', secretAccessKey: randomBytes(30).toString('base64') };
  const nobody = { accessKeyId: 'AKIACLAVIGERNOBODY001', secretAccessKey: randomBytes(30).toString('base64') };
  const bootstrap = context.get(Bootstrap);
  await bootstrap.createAccount(ACCOUNT, REGION);
  await bootstrap.createAdministrator(ACCOUNT, REGION, {
    accessKeyId: administrator.accessKeyId,
    secretAccessKey: SecretBytes.take(Buffer.from(administrator.secretAccessKey)),
    token: SecretBytes.take(Buffer.from('test-token-of-the-administrator')),
  });
  await createNobody(context, parts, nobody);
  return {
    context,
    parts,
    administrator,
    nobody,
    log: parts.log,
    entries: () => openEntries(journal),
    events: async () => {
      const { events } = await store.readAll({ after: 0n, maxCount: 10_000 });
      return events.map(({ stream, type, metadata }) => ({
        requestId: (JSON.parse(metadata) as { requestId: string }).requestId,
        stream,
        type,
      }));
    },
    close: async () => {
      await context.close();
      await parts.close();
      await journal.close();
    },
  };
}

async function openEntries(journal: AuditJournal): Promise<readonly OpenEntry[]> {
  const entries = await journal.read(0, 100_000);
  return entries.map(({ open }) => {
    const parsed = parseOpenEntry(open);
    if (parsed === undefined) throw new Error(`not an entry: ${open}`);
    return parsed;
  });
}

/** A principal with an access key and no rights, made as the first administrator is made. */
async function createNobody(
  context: INestApplicationContext,
  { ids, clock, secrets }: MemoryParts,
  { accessKeyId, secretAccessKey }: TestCredentials,
): Promise<void> {
  const principalId = ids.uuid4();
  const secret = ids.uuid4();
  const about = { principalId, accessKeyId };
  await secrets.create(secret, 'access-key', about, SecretBytes.take(Buffer.from(secretAccessKey)));
  await context
    .get(ChangeKernel)
    .execute<PrincipalAggregate, PrincipalCommand, PrincipalEvent, PrincipalContext, void>(
      systemCall(ids, clock, 'test', ACCOUNT, REGION, 'CreatePrincipal'),
      {
        decider: principalDecider,
        category: 'principal',
        stream: principalStream(principalId),
        account: ACCOUNT,
        commandId: ids.uuid7(),
        command: {
          type: 'CreatePrincipal',
          principalId,
          account: ACCOUNT,
          kind: 'user',
          name: 'nobody',
          environment: null,
          administrator: false,
          accessKey: { accessKeyId, secret },
          token: null,
        },
        wanted: { action: 'claviger:CreatePrincipal', resource: '*', account: ACCOUNT },
        context: () => ({ now: clock.now() }),
        result: () => undefined,
        revokes: false,
      },
    );
}
