import { readKeyOrAlias } from '../identifiers/key-id.js';
import { ciphertextOf, encryptionAlgorithm, encryptionContext, refuseRecipient } from './arguments.js';
import type { Operation } from './operation.js';

export const decrypt: Operation<'Decrypt'> = async (call, input, { uses }) => {
  refuseRecipient(input.Recipient);
  const result = await uses.decrypt.execute(call, {
    key: input.KeyId === undefined ? null : readKeyOrAlias(input.KeyId, call.region),
    ciphertext: ciphertextOf(input.CiphertextBlob, input.DryRunModifiers),
    context: encryptionContext(input.EncryptionContext),
    algorithm: encryptionAlgorithm(input.EncryptionAlgorithm),
    dryRun: input.DryRun === true,
    version: null,
  });
  return {
    KeyId: result.keyArn,
    Plaintext: result.plaintext,
    EncryptionAlgorithm: result.algorithm,
    KeyMaterialId: result.materialId ?? undefined,
  };
};
