import { readKeyOrAlias } from '../identifiers/key-id.js';
import type { Operation } from './operation.js';

export const generateMac: Operation<'GenerateMac'> = async (call, input, { uses }) => {
  const result = await uses.generateMac.execute(call, {
    key: readKeyOrAlias(input.KeyId, call.region),
    message: input.Message,
    algorithm: input.MacAlgorithm,
    dryRun: input.DryRun === true,
  });
  return { Mac: result.mac, MacAlgorithm: result.algorithm, KeyId: result.keyArn };
};
