import { KmsError } from '@claviger/domain';
import type { DataKeySpec } from '../model/enums.js';

const BYTES: Readonly<Record<DataKeySpec, number>> = { AES_128: 16, AES_256: 32 };

/** Bytes of the data key that is asked for. @throws KmsError Validation unless exactly one of the two says it */
export function dataKeyLength(input: {
  readonly KeySpec: DataKeySpec | undefined;
  readonly NumberOfBytes: number | undefined;
}): number {
  const { KeySpec, NumberOfBytes } = input;
  if (KeySpec !== undefined && NumberOfBytes === undefined) {
    return BYTES[KeySpec];
  }
  if (KeySpec === undefined && NumberOfBytes !== undefined) {
    return NumberOfBytes;
  }
  throw new KmsError('Validation', 'Please specify either number of bytes or key spec.', { argument: 'KeySpec' });
}
