import { readKeyOrAlias } from '../identifiers/key-id.js';
import { messageType, signingAlgorithm } from './arguments.js';
import type { Operation } from './operation.js';

export const sign: Operation<'Sign'> = async (call, input, { uses }) => {
  const algorithm = signingAlgorithm(input.SigningAlgorithm);
  const result = await uses.sign.execute(call, {
    key: readKeyOrAlias(input.KeyId, call.region),
    message: input.Message,
    messageType: messageType(input.MessageType, algorithm),
    algorithm,
    dryRun: input.DryRun === true,
  });
  return { KeyId: result.keyArn, Signature: result.signature, SigningAlgorithm: result.algorithm };
};
