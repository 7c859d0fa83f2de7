import { readKeyOrAlias } from '../identifiers/key-id.js';
import { encryptionContext } from './arguments.js';
import { dataKeyLength } from './data-key-length.js';
import type { Operation } from './operation.js';

export const generateDataKeyWithoutPlaintext: Operation<'GenerateDataKeyWithoutPlaintext'> = async (
  call,
  input,
  { uses },
) => {
  const result = await uses.generateDataKey.withoutPlaintext(call, {
    key: readKeyOrAlias(input.KeyId, call.region),
    length: dataKeyLength(input),
    context: encryptionContext(input.EncryptionContext),
    dryRun: input.DryRun === true,
  });
  return {
    CiphertextBlob: result.ciphertext,
    KeyId: result.keyArn,
    KeyMaterialId: result.materialId ?? undefined,
  };
};
