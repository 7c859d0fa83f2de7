import {
  AuditTrail,
  Credentials,
  Decrypt,
  Encrypt,
  GenerateDataKey,
  GenerateMac,
  GenerateRandom,
  GetPublicKey,
  ReEncrypt,
  Sign,
  Verify,
  VerifyMac,
} from '@claviger/application';
import { type AwsKmsDeps, registerAwsKms } from '@claviger/protocols/aws-kms';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import fastify, { type FastifyInstance } from 'fastify';
import { type SignOptions, signCall } from '../servers/sign.js';
import { REGION, startApplication, type TestApplication, type TestCredentials } from './application.js';

/** Members of answers, as far as tests read them. Which of them are there depends on the operation, and on its success. */
export interface Answered {
  readonly KeyMetadata: { readonly KeyId: string; readonly Arn: string; readonly CurrentKeyMaterialId: string };
  readonly KeyId: string;
  readonly CiphertextBlob: string;
  readonly Plaintext: string;
  readonly KeyMaterialId: string;
  readonly Signature: string;
  readonly Mac: string;
  readonly PublicKey: string;
  readonly Policy: string;
  readonly Keys: readonly object[];
  readonly Tags: readonly object[];
  readonly Aliases: readonly { readonly AliasName: string }[];
  readonly Rotations: readonly { readonly KeyMaterialId: string; readonly KeyMaterialState: string }[];
  readonly NextMarker: string | undefined;
  readonly Truncated: boolean;
  readonly __type: string | undefined;
  readonly message: string | undefined;
  readonly Message: string | undefined;
}

export interface AwsAnswer {
  readonly status: number;
  readonly body: Answered;
  /** `__type` of an error, undefined for success. */
  readonly error: string | undefined;
  /** Under either spelling. */
  readonly message: string | undefined;
  readonly requestId: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface CallOptions extends Partial<SignOptions> {
  readonly as?: TestCredentials;
}

/** The AWS KMS front over the application in memory, without a socket. */
export interface TestAwsKms {
  readonly application: TestApplication;
  readonly server: FastifyInstance;
  /** Signs and sends; `body` is text as it is, or becomes JSON. */
  call(operation: string, body?: object | string, options?: CallOptions): Promise<AwsAnswer>;
  /** The same for calls that must succeed. @throws with the answer when it does not */
  ok(operation: string, body?: object, options?: CallOptions): Promise<Answered>;
  /** Sends headers and body as they are. */
  send(headers: Readonly<Record<string, string>>, body: string | Buffer): Promise<AwsAnswer>;
  close(): Promise<void>;
}

export interface TestAwsKmsOptions {
  readonly deps?: (deps: AwsKmsDeps) => AwsKmsDeps;
}

const HOST = 'kms.test';

export async function startAwsKms(options: TestAwsKmsOptions = {}): Promise<TestAwsKms> {
  const application = await startApplication();
  const { context, parts } = application;
  const server = fastify();
  const deps: AwsKmsDeps = {
    commands: context.get(CommandBus),
    queries: context.get(QueryBus),
    uses: {
      encrypt: context.get(Encrypt),
      decrypt: context.get(Decrypt),
      reEncrypt: context.get(ReEncrypt),
      generateDataKey: context.get(GenerateDataKey),
      generateRandom: context.get(GenerateRandom),
      sign: context.get(Sign),
      verify: context.get(Verify),
      generateMac: context.get(GenerateMac),
      verifyMac: context.get(VerifyMac),
      getPublicKey: context.get(GetPublicKey),
    },
    credentials: context.get(Credentials),
    trail: context.get(AuditTrail),
    clock: parts.clock,
    ids: parts.ids,
    logger: parts.logger,
    regions: [REGION],
    sourceOf: (request) => ({ address: request.ip, userAgent: request.headers['user-agent'] ?? null }),
  };
  await registerAwsKms(server, options.deps?.(deps) ?? deps);
  await server.ready();

  const send: TestAwsKms['send'] = async (headers, body) => {
    const response = await server.inject({ method: 'POST', url: '/', headers, payload: body });
    const parsed = (response.payload === '' ? {} : JSON.parse(response.payload)) as Answered;
    return {
      status: response.statusCode,
      body: parsed,
      error: parsed.__type,
      message: parsed.message ?? parsed.Message,
      requestId: String(response.headers['x-amzn-requestid']),
      headers: response.headers,
    };
  };
  const call: TestAwsKms['call'] = async (operation, body = {}, given = {}) => {
    const { as = application.administrator, ...sign } = given;
    const target = { url: `http://${HOST}`, region: REGION, credentials: as };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const request = signCall(target, operation, text, { now: parts.clock.now(), ...sign });
    return send(request.headers, request.body);
  };
  return {
    application,
    server,
    send,
    call,
    ok: async (operation, body, given) => {
      const answer = await call(operation, body, given);
      if (answer.status !== 200) throw new Error(`${operation}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    close: async () => {
      await server.close();
      await application.close();
    },
  };
}

export const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');
