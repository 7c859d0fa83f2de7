import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ApplicationModule,
  type ApplicationParts,
  Bootstrap,
  ChangeKernel,
  type Finding,
  OperationsModule,
  Processes,
  RootRotations,
  type SealDeskParts,
  SealedEventDetails,
  ServiceFacts,
  systemCall,
} from '@claviger/application';
import { SecretBytes, sha256Hex } from '@claviger/crypto';
import {
  type PrincipalAggregate,
  type PrincipalCommand,
  type PrincipalContext,
  principalDecider,
  type PrincipalEvent,
  principalStream,
} from '@claviger/domain';
import { type EventStore, InMemorySeal, InMemorySealedStore, type OpenEntry, parseOpenEntry } from '@claviger/ports';
import { AuditView, inlineWorker } from '@claviger/projections';
import {
  AdminModule,
  LONGEST_PARAMETER,
  ProblemFilter,
  registerAdminBodies,
  serveAdminDocument,
} from '@claviger/protocols/admin';
import { SAMPLE_ACCOUNT, SAMPLE_REGION } from '@claviger/testing';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Module } from '@nestjs/common';
import { type MemoryParts, memoryParts } from './memory-parts.js';

export const ADMIN_TOKEN = 'clv_test-token-of-the-administrator';
export const NOBODY_TOKEN = 'clv_test-token-of-somebody-without-rights';

export interface AdminAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  /** Parsed, where it is JSON. */
  readonly body: unknown;
  readonly text: string;
}

export interface AdminRequest {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Null: none. The administrator's by default. */
  readonly token?: string | null;
}

/** The admin API, real from the wire down to stores in memory. */
export interface AdminService {
  readonly parts: MemoryParts;
  readonly app: NestFastifyApplication;
  readonly facts: TestFacts;
  /** `path` begins behind `/api/v1`. */
  call(method: string, path: string, request?: AdminRequest): Promise<AdminAnswer>;
  /** Records of one request: open parts of journal entries, and types of events. */
  records(requestId: unknown): Promise<readonly (OpenEntry | string)[]>;
  close(): Promise<void>;
}

export class TestFacts extends ServiceFacts {
  readonly profile = 'test';
  readonly role = 'all';
  readonly node = 'test-node';
  readonly account = SAMPLE_ACCOUNT;
  readonly regions = [SAMPLE_REGION, 'eu-central-1'];
  readonly seal = 'keyfile';
  reasons: string[] = [];
  findings: Finding[] = [];
  backlog = { journal: 0, events: 0 };
  notReady(): readonly string[] {
    return this.reasons;
  }
  auditBacklog(): { journal: number; events: number } {
    return this.backlog;
  }
  async inspectFiles(): Promise<readonly Finding[]> {
    return this.findings;
  }
}

/** A seal of its own, over a store with nothing in it. */
function testSeal({ clock, logger }: MemoryParts): SealDeskParts {
  const seal = new InMemorySeal(randomBytes);
  const store = new InMemorySealedStore();
  const rotations = new RootRotations({ seal, store, elsewhere: [], clock, logger, settleMs: 60_000 });
  return { seal, rotations, sealNow: () => undefined };
}

@Module({})
class TestModule {}

export async function adminService(wrap?: (store: EventStore) => EventStore): Promise<AdminService> {
  const folder = mkdtempSync(join(tmpdir(), 'claviger-admin-'));
  const parts = await memoryParts(wrap);
  const { clock, logger, journal, store } = parts;
  const details = new SealedEventDetails(parts.detailKeys, parts.ids);
  const audit = AuditView.open({
    path: join(folder, 'audit.db'),
    journal,
    events: store,
    openDetail: async (metadata) => JSON.stringify(await details.open(metadata)),
    clock,
    logger,
    spawn: inlineWorker,
  });
  await audit.start();
  const facts = new TestFacts();
  const rebuild = {
    'key-state': (onProgress: (done: number, of: number) => void) =>
      parts.keyState.rebuild(join(folder, 'scratch.db'), (done, of) => onProgress(Number(done), Number(of))),
    'audit-view': (onProgress: (done: number, of: number) => void) =>
      audit.rebuild(({ done, of }) => onProgress(done.journal + Number(done.store), of.journal + Number(of.store))),
  };
  const app = await NestFactory.create<NestFastifyApplication>(
    {
      module: TestModule,
      imports: [
        ApplicationModule.over(parts),
        OperationsModule.over(parts, { audit, facts, rebuild, seal: testSeal(parts), backup: parts.backup }),
        AdminModule.over({
          regions: [SAMPLE_REGION, 'eu-central-1'],
          sourceOf: ({ ip, headers }) => ({ address: ip, userAgent: headers['user-agent'] ?? null }),
          keyPolicy: (account) => JSON.stringify({ Version: '2012-10-17', Statement: [], Id: account }),
        }),
      ],
    },
    new FastifyAdapter({ bodyLimit: 64 * 1024, routerOptions: { maxParamLength: LONGEST_PARAMETER } }),
    { logger: false, bodyParser: false },
  );
  const fastify = app.getHttpAdapter().getInstance();
  registerAdminBodies(fastify);
  app.useGlobalFilters(app.get(ProblemFilter));
  serveAdminDocument(app);
  await app.init();
  await fastify.ready();
  await app.get(Processes).begin(SAMPLE_ACCOUNT, SAMPLE_REGION);
  const bootstrap = app.get(Bootstrap);
  await bootstrap.createAccount(SAMPLE_ACCOUNT, SAMPLE_REGION);
  await bootstrap.createAdministrator(SAMPLE_ACCOUNT, SAMPLE_REGION, {
    accessKeyId: 'AKIACLAVIGERADMIN0001',
    secretAccessKey: SecretBytes.take(Buffer.from('0123456789012345678901234567890123456789')),
    token: SecretBytes.take(Buffer.from(ADMIN_TOKEN)),
  });
  await createNobody(app, parts);
  return {
    parts,
    app,
    facts,
    call: async (method, path, { body, headers = {}, token = ADMIN_TOKEN } = {}) => {
      const answer = await fastify.inject({
        method: method as 'GET',
        url: `/api/v1${path}`,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const json = /\bjson\b/.test(String(answer.headers['content-type'])) && answer.payload !== '';
      const parsed: unknown = json ? JSON.parse(answer.payload) : undefined;
      return { status: answer.statusCode, headers: answer.headers, body: parsed, text: answer.payload };
    },
    records: async (requestId) => {
      const entries = (await journal.read(0, 100_000)).map(({ open }) => parseOpenEntry(open));
      const { events } = await store.readAll({ after: 0n, maxCount: 10_000 });
      const made = events.filter(
        ({ metadata }) => (JSON.parse(metadata) as { requestId: string }).requestId === requestId,
      );
      return [
        ...entries.filter((entry): entry is OpenEntry => entry?.id === requestId),
        ...made.map(({ type }) => type),
      ];
    },
    close: async () => {
      await app.close();
      await audit.close();
      await parts.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A principal with a token and no rights. */
async function createNobody(app: NestFastifyApplication, { ids, clock }: ApplicationParts): Promise<void> {
  const principalId = ids.uuid4();
  await app
    .get(ChangeKernel)
    .execute<PrincipalAggregate, PrincipalCommand, PrincipalEvent, PrincipalContext, void>(
      systemCall(ids, clock, 'test', SAMPLE_ACCOUNT, SAMPLE_REGION, 'CreatePrincipal'),
      {
        decider: principalDecider,
        category: 'principal',
        stream: principalStream(principalId),
        account: SAMPLE_ACCOUNT,
        commandId: ids.uuid7(),
        command: {
          type: 'CreatePrincipal',
          principalId,
          account: SAMPLE_ACCOUNT,
          kind: 'user',
          name: 'nobody',
          environment: null,
          administrator: false,
          accessKey: null,
          token: { tokenId: ids.uuid4(), hash: sha256Hex(NOBODY_TOKEN) },
        },
        wanted: { action: 'claviger:CreatePrincipal', resource: '*', account: SAMPLE_ACCOUNT },
        context: () => ({ now: clock.now() }),
        result: () => undefined,
        revokes: false,
      },
    );
}
