import { readKeyOrAlias } from '../identifiers/key-id.js';
import type { Operation } from './operation.js';

/** Answers only when the MAC is good; anything else is KMSInvalidMacException. */
export const verifyMac: Operation<'VerifyMac'> = async (call, input, { uses }) => {
  const result = await uses.verifyMac.execute(call, {
    key: readKeyOrAlias(input.KeyId, call.region),
    message: input.Message,
    mac: input.Mac,
    algorithm: input.MacAlgorithm,
    dryRun: input.DryRun === true,
    version: null,
  });
  return { KeyId: result.keyArn, MacValid: true, MacAlgorithm: result.algorithm };
};
