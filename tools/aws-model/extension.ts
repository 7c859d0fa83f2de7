/**
 * What the public service model lacks, or states wider than the service behaves. Merged into the facts at generation,
 * so that the committed table and types are the whole truth; every entry says where it comes from.
 */
export interface Extension {
  /** Operations newer than the model: their names are known, their members are not, so they can only be refused. */
  readonly namedOnly: readonly string[];
  /** Enum values newer than the model, appended to the shape's own. */
  readonly enumValues: Readonly<Record<string, readonly string[]>>;
  /** Bounds narrower than the shape's, for one member of one input structure: the member gets a shape of its own. */
  readonly memberBounds: Readonly<Record<string, { readonly min?: number; readonly max?: number }>>;
}

export const extension: Extension = {
  // ML-KEM operations of the developer guide (November 2026); the model of August 2026 does not have them.
  namedOnly: ['Decapsulate', 'Encapsulate'],
  enumValues: {
    // ML-KEM came with those operations. A caller that names one gets UnsupportedOperationException (the value is
    // known, the capability is missing), not a validation error (a typing mistake).
    KeySpec: ['ML_KEM_512', 'ML_KEM_768', 'ML_KEM_1024'],
    KeyUsageType: ['ENCAPSULATE_DECAPSULATE'],
    DataKeyPairSpec: ['ML_KEM_512', 'ML_KEM_768', 'ML_KEM_1024'],
  },
  memberBounds: {
    // API reference: 7 to 30 days; the shape's 1 to 365 only bounds the wire.
    'ScheduleKeyDeletionRequest.PendingWindowInDays': { min: 7, max: 30 },
  },
};
