import { readKeyOrAlias } from '../identifiers/key-id.js';
import { ciphertextOf, encryptionAlgorithm, encryptionContext } from './arguments.js';
import type { Operation } from './operation.js';

export const reEncrypt: Operation<'ReEncrypt'> = async (call, input, { uses }) => {
  const result = await uses.reEncrypt.execute(call, {
    ciphertext: ciphertextOf(input.CiphertextBlob, input.DryRunModifiers),
    sourceKey: input.SourceKeyId === undefined ? null : readKeyOrAlias(input.SourceKeyId, call.region),
    sourceContext: encryptionContext(input.SourceEncryptionContext, 'SourceEncryptionContext'),
    sourceAlgorithm: encryptionAlgorithm(input.SourceEncryptionAlgorithm),
    destinationKey: readKeyOrAlias(input.DestinationKeyId, call.region),
    destinationContext: encryptionContext(input.DestinationEncryptionContext, 'DestinationEncryptionContext'),
    destinationAlgorithm: encryptionAlgorithm(input.DestinationEncryptionAlgorithm),
    dryRun: input.DryRun === true,
  });
  return {
    CiphertextBlob: result.ciphertext,
    SourceKeyId: result.sourceKeyArn,
    KeyId: result.keyArn,
    SourceEncryptionAlgorithm: result.sourceAlgorithm,
    DestinationEncryptionAlgorithm: result.destinationAlgorithm,
    SourceKeyMaterialId: result.sourceMaterialId ?? undefined,
    DestinationKeyMaterialId: result.materialId ?? undefined,
  };
};
