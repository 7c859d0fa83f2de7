import { keyArn, KmsError } from '@claviger/domain';
import type { KeyEntry, KeyState } from '@claviger/projections';
import type { CallContext } from './call-context.js';
import type { KeyReference } from './key-reference.js';

/** Errors that a node which lags behind the store could give wrongly. */
const MAYBE_STALE: ReadonlySet<string> = new Set(['NotFound', 'Disabled', 'InvalidKeyState', 'AccessDenied']);

/** A result that is there at once when what it needs is in memory. */
export type Warm<T> = T | Promise<T>;

/** Finds the key that a caller names, and notes it in the call's facts. */
export class KeyResolver {
  constructor(private readonly keyState: KeyState) {}

  /** The key, when all that leads to it is in memory; undefined says nothing about whether there is one. @throws KmsError NotFound */
  private peek(call: CallContext, reference: KeyReference): KeyEntry | undefined {
    const named = this.peekKeyId(call, reference);
    const entry = named === undefined ? undefined : this.peekInScope(call, named);
    if (entry?.attributes.deletedAt !== null) return undefined;
    call.facts.keyId = entry.attributes.keyId;
    return entry;
  }

  /** @throws KmsError NotFound, also for keys of other accounts and deleted ones; StreamUnavailable */
  async resolve(call: CallContext, reference: KeyReference): Promise<KeyEntry> {
    const entry = (await this.find(call, reference)) ?? (await this.findAfterCatchUp(call, reference));
    call.facts.keyId = entry.attributes.keyId;
    return entry;
  }

  /** Also finds deleted keys: their history stays. @throws KmsError NotFound */
  async resolveAny(call: CallContext, reference: KeyReference): Promise<KeyEntry> {
    let entry = await this.lookUp(call, reference);
    if (entry === undefined) {
      await this.keyState.toHead();
      entry = await this.lookUp(call, reference);
    }
    if (entry === undefined) throw notFound(call, reference);
    call.facts.keyId = entry.attributes.keyId;
    return entry;
  }

  /**
   * Resolves and checks; answers at once when the key is in memory and passes. A refusal is given only when the node is up to date with
   * the store: where it was not, the check runs again. `check` must not change anything.
   */
  resolveChecked<T>(call: CallContext, reference: KeyReference, check: (entry: KeyEntry) => T): Warm<T> {
    const entry = this.peek(call, reference);
    if (entry === undefined) return this.resolveColdChecked(call, reference, check);
    try {
      return check(entry);
    } catch (error) {
      return this.checkedUpToDate(call, reference, check, entry, error);
    }
  }

  private async resolveColdChecked<T>(
    call: CallContext,
    reference: KeyReference,
    check: (entry: KeyEntry) => T,
  ): Promise<T> {
    const entry = await this.resolve(call, reference);
    try {
      return check(entry);
    } catch (error) {
      return this.checkedUpToDate(call, reference, check, entry, error);
    }
  }

  /** @param refusal of `entry`, which may have been out of date */
  private async checkedUpToDate<T>(
    call: CallContext,
    reference: KeyReference,
    check: (entry: KeyEntry) => T,
    entry: KeyEntry,
    refusal: unknown,
  ): Promise<T> {
    if (!(refusal instanceof KmsError) || !MAYBE_STALE.has(refusal.kind)) throw refusal;
    await this.keyState.toHead();
    const newer = await this.resolve(call, reference);
    if (newer === entry) throw refusal;
    return check(newer);
  }

  private async findAfterCatchUp(call: CallContext, reference: KeyReference): Promise<KeyEntry> {
    await this.keyState.toHead();
    const entry = await this.find(call, reference);
    if (entry !== undefined) return entry;
    throw notFound(call, reference);
  }

  private async find(call: CallContext, reference: KeyReference): Promise<KeyEntry | undefined> {
    const entry = await this.lookUp(call, reference);
    return entry?.attributes.deletedAt === null ? entry : undefined;
  }

  private async lookUp(call: CallContext, reference: KeyReference): Promise<KeyEntry | undefined> {
    const keyId = this.peekKeyId(call, reference) ?? (await this.keyIdBehindAlias(call, reference));
    if (keyId === undefined) return undefined;
    return this.peekInScope(call, keyId) ?? this.keyState.key(call.caller.account, call.region, keyId);
  }

  private peekInScope(call: CallContext, keyId: string): KeyEntry | undefined {
    const cached = this.keyState.peek(keyId);
    const inScope =
      cached !== undefined &&
      cached.attributes.account === call.caller.account &&
      cached.attributes.region === call.region;
    return inScope ? cached : undefined;
  }

  /**
   * Aliases and ARNs of other accounts and Regions lead nowhere: what exists there is not this caller's to know.
   * Undefined also for an alias that is not in memory.
   */
  private peekKeyId(call: CallContext, reference: KeyReference): string | undefined {
    if (reference.kind === 'id') return reference.keyId;
    if (reference.kind !== 'alias') assertRegion(call, reference.region);
    if (reference.kind !== 'arn') call.facts.named = `alias/${reference.name}`;
    const { account } = call.caller;
    if (reference.kind !== 'alias' && reference.account !== account) return undefined;
    if (reference.kind === 'arn') return reference.keyId;
    return this.keyState.peekAlias(account, call.region, reference.name)?.state.keyId ?? undefined;
  }

  private async keyIdBehindAlias(call: CallContext, reference: KeyReference): Promise<string | undefined> {
    const { account } = call.caller;
    if (reference.kind === 'id' || reference.kind === 'arn') return undefined;
    if (reference.kind === 'alias-arn' && reference.account !== account) return undefined;
    return (await this.keyState.alias(account, call.region, reference.name))?.state.keyId ?? undefined;
  }
}

function assertRegion(call: CallContext, region: string): void {
  if (region !== call.region) {
    throw new KmsError('NotFound', `Invalid arn ${region}`, { expected: call.region, found: region });
  }
}

function notFound(call: CallContext, reference: KeyReference): KmsError {
  switch (reference.kind) {
    case 'id':
      return missing(keyArn(call.caller.account, call.region, reference.keyId));
    case 'arn':
      return missing(keyArn(reference.account, reference.region, reference.keyId));
    case 'alias':
      return missingAlias(`arn:aws:kms:${call.region}:${call.caller.account}:alias/${reference.name}`);
    case 'alias-arn':
      return missingAlias(`arn:aws:kms:${reference.region}:${reference.account}:alias/${reference.name}`);
  }
}

const missing = (arn: string): KmsError => new KmsError('NotFound', `Key '${arn}' does not exist`, { resource: arn });
const missingAlias = (arn: string): KmsError =>
  new KmsError('NotFound', `Alias ${arn} is not found.`, { resource: arn });
