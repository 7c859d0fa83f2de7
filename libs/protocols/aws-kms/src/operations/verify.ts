import { readKeyOrAlias } from '../identifiers/key-id.js';
import { messageType, signingAlgorithm } from './arguments.js';
import type { Operation } from './operation.js';

/** Answers only when the signature is good; anything else is KMSInvalidSignatureException. */
export const verify: Operation<'Verify'> = async (call, input, { uses }) => {
  const algorithm = signingAlgorithm(input.SigningAlgorithm);
  const result = await uses.verify.execute(call, {
    key: readKeyOrAlias(input.KeyId, call.region),
    message: input.Message,
    messageType: messageType(input.MessageType, algorithm),
    signature: input.Signature,
    algorithm,
    dryRun: input.DryRun === true,
    version: null,
  });
  return { KeyId: result.keyArn, SignatureValid: true, SigningAlgorithm: result.algorithm };
};
