import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { SoftwareHsm } from '@claviger/adapters/hsm-software';
import { ApplicationModule, type ApplicationParts, Bootstrap, ChangeKernel, systemCall } from '@claviger/application';
import { HmacSha256, SecretBytes } from '@claviger/crypto';
import {
  type PrincipalAggregate,
  type PrincipalCommand,
  type PrincipalContext,
  principalDecider,
  type PrincipalEvent,
  principalStream,
} from '@claviger/domain';
import { type Ids, InMemoryMetrics, JsonLogger, SystemIds } from '@claviger/platform';
import {
  type AuditJournal,
  AuthenticatedEventStore,
  InMemoryAuditJournal,
  InMemoryDetailKeys,
  InMemoryEventStore,
  InMemorySeal,
  InMemorySealedStore,
  type OpenEntry,
  parseOpenEntry,
  SealedSecrets,
} from '@claviger/ports';
import { KeyState, UsageCounters } from '@claviger/projections';
import { FakeClock } from '@claviger/testing';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { InMemoryAnchor } from './in-memory-anchor.js';

export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
/** 2026-11-24T04:12:09Z */
export const START = Date.UTC(2026, 10, 24, 4, 12, 9);

export interface TestCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The whole application over parts in memory, on a clock that stands still until a test moves it. */
export interface TestApplication {
  readonly context: INestApplicationContext;
  readonly parts: ApplicationParts & { readonly clock: FakeClock };
  readonly administrator: TestCredentials;
  /** Known, and allowed nothing. */
  readonly nobody: TestCredentials;
  /** Lines of the log so far, JSON each. */
  readonly log: readonly string[];
  /** Open parts of all journal entries so far. */
  entries(): Promise<readonly OpenEntry[]>;
  /** Metadata of all events so far. */
  events(): Promise<readonly { readonly requestId: string; readonly stream: string; readonly type: string }[]>;
  close(): Promise<void>;
}

export interface TestApplicationOptions {
  /** Stands in for parts, to put faults between the application and its ports. */
  readonly wrap?: (parts: TestApplication['parts']) => TestApplication['parts'];
}

export async function startApplication(options: TestApplicationOptions = {}): Promise<TestApplication> {
  const clock = new FakeClock(START);
  const log: string[] = [];
  const logger = new JsonLogger({ clock, level: 'debug', sink: (line) => void log.push(line) });
  const ids = new SystemIds(clock);
  const random = (length: number): Uint8Array => ids.random(length);
  const key = (): HmacSha256 => new HmacSha256(random(32));
  const metrics = new InMemoryMetrics();
  const store = new AuthenticatedEventStore(new InMemoryEventStore(), key());
  const journal = new InMemoryAuditJournal();
  const secrets = new SealedSecrets(new InMemorySealedStore(), new InMemorySeal(random), random);
  const keyState = KeyState.open({ path: ':memory:', macKey: key(), store, clock, logger, metrics, cachedKeys: 1000 });
  if (keyState === undefined) throw new Error('an empty file in memory is a key state');
  await keyState.start();
  const usage = await UsageCounters.open({ path: ':memory:', journal, clock, logger });
  const made = {
    store,
    journal,
    anchor: new InMemoryAnchor(),
    hsm: new SoftwareHsm({ secrets, random }),
    secrets,
    detailKeys: new InMemoryDetailKeys(random),
    keyState,
    usage,
    clock,
    ids,
    logger,
    metrics,
    clusterKey: key(),
    node: 'test',
    cached: 1000,
  };
  const parts = options.wrap?.(made) ?? made;
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
    log,
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
      usage.close();
      await keyState.close();
      await store.close();
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
  { ids, clock, secrets }: { ids: Ids; clock: FakeClock; secrets: SealedSecrets },
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
