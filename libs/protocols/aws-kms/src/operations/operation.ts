import type {
  CallContext,
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
import type { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { OperationInputs } from '../model/inputs.js';
import type { OperationOutputs } from '../model/outputs.js';

export type OperationName = keyof OperationInputs;

/** The uses of key material, one object per use. */
export interface AwsKmsUses {
  readonly encrypt: Encrypt;
  readonly decrypt: Decrypt;
  readonly reEncrypt: ReEncrypt;
  readonly generateDataKey: GenerateDataKey;
  readonly generateRandom: GenerateRandom;
  readonly sign: Sign;
  readonly verify: Verify;
  readonly generateMac: GenerateMac;
  readonly verifyMac: VerifyMac;
  readonly getPublicKey: GetPublicKey;
}

/** What operations translate to. */
export interface Application {
  readonly commands: CommandBus;
  readonly queries: QueryBus;
  readonly uses: AwsKmsUses;
}

/**
 * One operation: validated input → application → output. Bytes named `Plaintext`, in input and output, are wiped by the
 * caller once the answer is rendered.
 * @throws KmsError
 */
export type Operation<Name extends OperationName> = (
  call: CallContext,
  input: OperationInputs[Name],
  application: Application,
) => Promise<OperationOutputs[Name]>;

/** The output of operations that answer nothing but success. */
export const NOTHING: Record<never, never> = Object.freeze({});
