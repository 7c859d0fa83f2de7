/**
 * Rotation policy of a key: what happens, and how long after creation of the ACTIVE version or before its expiry.
 * "Every N days" is `[{ action: 'rotate', timeAfterCreate: 'P<N>D' }]`.
 */
export type LifetimeAction =
  | { readonly action: 'rotate'; readonly timeAfterCreate: string }
  | { readonly action: 'rotate'; readonly timeBeforeExpiry: string }
  | { readonly action: 'notify'; readonly timeAfterCreate: string }
  | { readonly action: 'notify'; readonly timeBeforeExpiry: string };

export interface RotationPolicy {
  /** Off: lifetime actions of kind rotate do nothing. Expiry and notices still count. */
  readonly enabled: boolean;
  readonly lifetimeActions: readonly LifetimeAction[];
  /** ISO 8601 duration after creation of a version at which it expires; null never. */
  readonly expiryTime: string | null;
}

export const ROTATION_OFF: RotationPolicy = { enabled: false, lifetimeActions: [], expiryTime: null };
