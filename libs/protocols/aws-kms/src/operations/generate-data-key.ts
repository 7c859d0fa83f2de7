import { readKeyOrAlias } from '../identifiers/key-id.js';
import { encryptionContext, refuseRecipient } from './arguments.js';
import { dataKeyLength } from './data-key-length.js';
import type { Operation } from './operation.js';

export const generateDataKey: Operation<'GenerateDataKey'> = async (call, input, { uses }) => {
  refuseRecipient(input.Recipient);
  const result = await uses.generateDataKey.execute(call, {
    key: readKeyOrAlias(input.KeyId, call.region),
    length: dataKeyLength(input),
    context: encryptionContext(input.EncryptionContext),
    dryRun: input.DryRun === true,
  });
  return {
    CiphertextBlob: result.ciphertext,
    Plaintext: result.plaintext,
    KeyId: result.keyArn,
    KeyMaterialId: result.materialId ?? undefined,
  };
};
