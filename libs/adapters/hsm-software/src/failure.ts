import {
  HsmUnavailable,
  MaterialUnavailable,
  ReferenceDestroyed,
  Sealed,
  SealedRecordInvalid,
  SealedStoreUnavailable,
} from '@claviger/ports';

/** What the sealed store and the seal threw, as the port's errors. */
export function asHsmError(reference: string, error: unknown): unknown {
  if (error instanceof ReferenceDestroyed || error instanceof SealedRecordInvalid) {
    return new MaterialUnavailable(reference, { cause: error });
  }
  if (error instanceof Sealed || error instanceof SealedStoreUnavailable) {
    return new HsmUnavailable(`the software HSM cannot serve now: ${error.message}`, { cause: error });
  }
  return error;
}
