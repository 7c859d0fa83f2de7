import { canonicalContext, type AeadAlgorithm } from '@claviger/crypto';
import {
  assertUsable,
  isSymmetric,
  KmsError,
  type KeyAlgorithm,
  type KeySpec,
  type KeyUsage,
  SPEC_FACTS,
  tokenOffers,
  type VersionState,
} from '@claviger/domain';
import { MaterialUnavailable } from '@claviger/ports';
import type { KeyEntry } from '@claviger/projections';
import { authorise } from '../access/authorise.js';
import type { Authorised } from '../access/authorised.js';
import { type Lease, withoutLease } from '../access/lease.js';
import type { UseGate } from '../access/use-gate.js';
import type { CallContext } from '../call-context.js';
import type { HsmDevices, PlacedMaterial } from '../hsm-devices.js';
import type { KeyReference } from '../key-reference.js';
import type { KeyResolver, Warm } from '../key-resolver.js';
import type { Holds } from '../processes/holds.js';
import type { StateAlarm } from './state-alarm.js';
import type { EncryptionContext } from './types.js';

/** A version that this call may use in this way, checked in this order: authorised, usable. */
export interface UsableKey {
  readonly entry: KeyEntry;
  readonly version: VersionState;
}

export interface UseRequest {
  readonly key: KeyReference;
  readonly action: string;
  readonly usage: KeyUsage;
  readonly use: 'protect' | 'process';
}

/**
 * What all uses of key material have in common: enter, resolve, authorise, check usage and state, use, translate failures. With the key in
 * memory a road answers at once, without a promise: a turn of the microtask queue per step would cost more than the checks.
 */
export class UseRoad {
  constructor(
    private readonly resolver: KeyResolver,
    private readonly gate: UseGate,
    private readonly lease: Lease,
    private readonly holds: Holds,
    readonly devices: HsmDevices,
    private readonly alarm: StateAlarm,
  ) {}

  /** A use by the ACTIVE version. @throws KmsError NotFound, AccessDenied, InvalidKeyUsage, Disabled, InvalidKeyState */
  active(call: CallContext, request: UseRequest): Warm<Authorised<UsableKey>> {
    this.enter(call);
    return this.checked(call, request.key, (entry) => {
      const { attributes } = entry;
      const authorised = this.authorise(call, entry, request);
      const version = entry.active;
      if (version === undefined) return refuseWithoutActive(entry, request);
      assertUsable(attributes, version, request.use, call.operation);
      call.facts.version = version.version;
      return authorised(version);
    });
  }

  /** A use by the version that the caller's ciphertext or request names. */
  named(call: CallContext, request: UseRequest, number: number, missing: () => KmsError): Warm<Authorised<UsableKey>> {
    this.enter(call);
    return this.checked(call, request.key, (entry) => {
      const authorised = this.authorise(call, entry, request);
      const version = entry.version(number);
      if (version === undefined) throw missing();
      call.facts.version = number;
      assertUsable(entry.attributes, version, request.use, call.operation);
      return authorised(version);
    });
  }

  /**
   * All versions that may process, the ACTIVE one first, then the newest first, at most nine (DESIGN section 4). For operations whose
   * input does not say which version made it.
   */
  candidates(call: CallContext, request: UseRequest): Warm<readonly Authorised<UsableKey>[]> {
    this.enter(call);
    return this.checked(call, request.key, (entry) => {
      const { attributes } = entry;
      const authorised = this.authorise(call, entry, request);
      const found: Authorised<UsableKey>[] = [];
      const { active } = entry;
      if (active !== undefined) {
        assertUsable(attributes, active, request.use, call.operation);
        found.push(authorised(active));
      }
      for (let number = attributes.lastVersion; number >= 1 && found.length < MOST_CANDIDATES; number -= 1) {
        const version = number === active?.version ? undefined : entry.version(number);
        if (version?.status === 'PENDING_RETIREMENT') {
          assertUsable(attributes, version, request.use, call.operation);
          found.push(authorised(version));
        }
      }
      if (found.length === 0) refuseWithoutActive(entry, request);
      return found;
    });
  }

  private checked<T>(call: CallContext, key: KeyReference, check: (entry: KeyEntry) => T): Warm<T> {
    const checked = this.resolver.resolveChecked(call, key, check);
    return checked instanceof Promise ? this.watched(call, checked) : checked;
  }

  /** Refusals come late only: see {@link KeyResolver.resolveChecked}. */
  private async watched<T>(call: CallContext, checked: Promise<T>): Promise<T> {
    try {
      return await checked;
    } catch (error) {
      this.alarm.look(call, error);
      throw error;
    }
  }

  private enter(call: CallContext): void {
    this.gate.enter(call);
    if (!this.lease.held) throw withoutLease();
    if (this.holds.stopsUse) {
      throw new KmsError(
        'Unavailable',
        'Key use is held until an operator has accepted a report: the data is older than its anchor.',
      );
    }
  }

  private authorise(
    call: CallContext,
    entry: KeyEntry,
    request: UseRequest,
  ): (version: VersionState) => Authorised<UsableKey> {
    const { attributes, revision } = entry;
    const { arn, account, policyVersion } = attributes;
    const wanted = { action: request.action, resource: arn, account, key: revision, policy: policyVersion };
    const authorised = authorise(call, wanted, entry);
    if (attributes.usage !== request.usage) {
      throw new KmsError(
        'InvalidKeyUsage',
        `${arn} key usage is ${attributes.usage} which is not valid for ${call.operation}.`,
        {
          resource: arn,
          operation: call.operation,
          found: attributes.usage,
        },
      );
    }
    return (version) => authorised.narrow({ entry, version });
  }
}

const MOST_CANDIDATES = 9;

function refuseWithoutActive(entry: KeyEntry, request: UseRequest): never {
  const { attributes } = entry;
  const last = entry.version(attributes.lastVersion);
  // Names the key's own state where there is one; else the state of its newest version.
  if (last !== undefined) assertUsable(attributes, last, request.use, request.action);
  throw new KmsError('InvalidKeyState', `${attributes.arn} has no active version.`, {
    resource: attributes.arn,
    state: 'no_active_version',
  });
}

export const materialOf = ({ entry, version }: UsableKey): PlacedMaterial => ({
  reference: version.material.reference,
  keyId: entry.attributes.keyId,
  version: version.version,
  spec: version.material.spec,
  usage: entry.attributes.usage,
  token: version.material.token,
});

/** Names the material of a symmetric version without revealing it; asymmetric material is named by its public key. */
export const materialIdOf = ({ version }: UsableKey): string | null =>
  isSymmetric(version.material.spec) ? version.material.fingerprint : null;

/** What a failed use of material means: material that is gone makes the key unavailable (an event without material). */
export function materialFailure(entry: KeyEntry, error: unknown): unknown {
  if (!(error instanceof MaterialUnavailable)) return error;
  const { arn } = entry.attributes;
  return new KmsError('Unavailable', `${arn} is unavailable.`, { resource: arn, state: 'unavailable' });
}

/** Runs a use of material. @throws as {@link materialFailure} says */
export async function withMaterial<T>(entry: KeyEntry, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    throw materialFailure(entry, error);
  }
}

/** Protocols have their own, lower limits; a record holds twice as much. */
const MOST_CONTEXT = 65_536;

const AEAD: Partial<Record<KeySpec, AeadAlgorithm>> = {
  SYMMETRIC_DEFAULT: 'AES_256_GCM',
  AES_128: 'AES_128_GCM',
  XCHACHA20_POLY1305: 'XCHACHA20_POLY1305',
};

/** @throws KmsError InvalidKeyUsage for specs that have no symmetric algorithm */
export function aeadOf(entry: KeyEntry, version: VersionState): AeadAlgorithm {
  const algorithm = AEAD[version.material.spec];
  if (algorithm === undefined) throw incompatible('SYMMETRIC_DEFAULT', entry);
  return algorithm;
}

/** @throws KmsError InvalidKeyUsage when the key's spec, or the token that has the key, does not offer the algorithm */
export function assertAlgorithm(
  entry: KeyEntry,
  kind: 'encryption' | 'signing' | 'mac',
  algorithm: KeyAlgorithm,
): void {
  const offered: readonly KeyAlgorithm[] = SPEC_FACTS[entry.attributes.spec][kind];
  if (!offered.includes(algorithm)) throw incompatible(algorithm, entry);
  const { token } = entry.attributes;
  if (!tokenOffers(token, algorithm)) {
    throw new KmsError(
      'InvalidKeyUsage',
      `Algorithm ${algorithm} is not offered by the token "${token?.label}" that has the key.`,
      { resource: entry.attributes.arn, found: algorithm },
    );
  }
}

const incompatible = (algorithm: KeyAlgorithm, entry: KeyEntry): KmsError =>
  new KmsError('InvalidKeyUsage', `Algorithm ${algorithm} is incompatible with key spec ${entry.attributes.spec}.`, {
    resource: entry.attributes.arn,
    found: algorithm,
  });

/**
 * Notes the encryption context for the record, whatever becomes of the call, and answers its canonical form.
 * @throws KmsError Validation when it is too large for a record
 */
export function noteContext(call: CallContext, context: EncryptionContext): string {
  const canonical = canonicalContext(context);
  if (canonical.length > MOST_CONTEXT) {
    throw new KmsError(
      'Validation',
      `EncryptionContext must be at most ${MOST_CONTEXT} characters as JSON, found ${canonical.length}.`,
      { argument: 'EncryptionContext' },
    );
  }
  call.facts.context = canonical;
  return canonical;
}

/** Only symmetric keys take a context. @throws KmsError InvalidKeyUsage */
export function assertTakesContext(entry: KeyEntry, canonical: string): void {
  if (canonical !== '' && !isSymmetric(entry.attributes.spec)) {
    throw new KmsError('InvalidKeyUsage', `EncryptionContext is not supported for key spec ${entry.attributes.spec}.`, {
      argument: 'EncryptionContext',
    });
  }
}

export function refuseDryRun(dryRun: boolean): void {
  if (dryRun) throw new KmsError('DryRun', 'The request would have succeeded, but the DryRun option is set.');
}
