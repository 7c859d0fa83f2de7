import { KmsError } from '@claviger/domain';
import { refuseRecipient, unsupported } from './arguments.js';
import type { Operation } from './operation.js';

export const generateRandom: Operation<'GenerateRandom'> = async (call, input, { uses }) => {
  refuseRecipient(input.Recipient);
  if (input.CustomKeyStoreId !== undefined) {
    throw unsupported('Custom key stores are not supported.');
  }
  if (input.NumberOfBytes === undefined) {
    throw new KmsError('Validation', 'NumberOfBytes is required.', { argument: 'NumberOfBytes' });
  }
  return { Plaintext: await uses.generateRandom.execute(call, input.NumberOfBytes) };
};
