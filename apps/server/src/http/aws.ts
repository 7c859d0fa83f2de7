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
import { Clock, Ids, Logger, type Settings } from '@claviger/platform';
import { registerAwsKms } from '@claviger/protocols/aws-kms';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { sourceOf } from './source.js';

/** The AWS KMS protocol on the Fastify instance that Nest owns, with what it needs of the application. */
export async function registerAws(app: NestFastifyApplication, settings: Settings): Promise<void> {
  await registerAwsKms(app.getHttpAdapter().getInstance(), {
    commands: app.get(CommandBus),
    queries: app.get(QueryBus),
    uses: {
      encrypt: app.get(Encrypt),
      decrypt: app.get(Decrypt),
      reEncrypt: app.get(ReEncrypt),
      generateDataKey: app.get(GenerateDataKey),
      generateRandom: app.get(GenerateRandom),
      sign: app.get(Sign),
      verify: app.get(Verify),
      generateMac: app.get(GenerateMac),
      verifyMac: app.get(VerifyMac),
      getPublicKey: app.get(GetPublicKey),
    },
    credentials: app.get(Credentials),
    trail: app.get(AuditTrail),
    clock: app.get(Clock),
    ids: app.get(Ids),
    logger: app.get(Logger),
    regions: settings.regions,
    sourceOf,
  });
}
