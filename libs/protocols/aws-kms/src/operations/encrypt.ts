import { readKeyOrAlias } from '../identifiers/key-id.js';
import { encryptionAlgorithm, encryptionContext } from './arguments.js';
import type { Operation } from './operation.js';

export const encrypt: Operation<'Encrypt'> = async (call, input, { uses }) => {
  const result = await uses.encrypt.execute(call, {
    key: readKeyOrAlias(input.KeyId, call.region),
    plaintext: input.Plaintext,
    context: encryptionContext(input.EncryptionContext),
    algorithm: encryptionAlgorithm(input.EncryptionAlgorithm),
    dryRun: input.DryRun === true,
  });
  return { CiphertextBlob: result.ciphertext, KeyId: result.keyArn, EncryptionAlgorithm: result.algorithm };
};
