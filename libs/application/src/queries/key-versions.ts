import { type KeyAttributes, nextRotationAt, type VersionState } from '@claviger/domain';
import { KeyState, UsageCounters, type VersionUsage } from '@claviger/projections';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { authorise } from '../access/authorise.js';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { KeyResolver } from '../key-resolver.js';
import { versionView, type VersionsView } from './key-view.js';

export interface KeyVersions {
  readonly attributes: KeyAttributes;
  readonly revision: number;
  /** Ascending. */
  readonly versions: readonly { readonly state: VersionState; readonly usage: VersionUsage | undefined }[];
  readonly nextRotationAt: number | null;
  /** */
  readonly view: VersionsView;
}

export class KeyVersionsQuery extends Query<KeyVersions> {
  constructor(
    readonly call: CallContext,
    readonly key: KeyReference,
    readonly action = 'kms:ListKeyRotations',
    /** Deleted keys too: what is left of them stays readable. */
    readonly deletedToo = false,
  ) {
    super();
  }
}

@QueryHandler(KeyVersionsQuery)
export class KeyVersionsHandler implements IQueryHandler<KeyVersionsQuery> {
  constructor(
    private readonly resolver: KeyResolver,
    private readonly keyState: KeyState,
    private readonly usage: UsageCounters,
  ) {}

  async execute({ call, key, action, deletedToo }: KeyVersionsQuery): Promise<KeyVersions> {
    const entry = await (deletedToo ? this.resolver.resolveAny(call, key) : this.resolver.resolve(call, key));
    const { attributes, revision } = entry;
    const { arn, account, policyVersion, keyId } = attributes;
    authorise(call, { action, resource: arn, account, key: revision, policy: policyVersion }, undefined);
    const states = await this.keyState.versions(entry);
    const versions = states.map((state) => ({ state, usage: this.usage.usage(keyId, state.version) }));
    const next = nextRotationAt({ ...attributes, versions: states });
    return {
      attributes,
      revision,
      versions,
      nextRotationAt: next,
      view: {
        key_id: keyId,
        versions: versions.map(({ state, usage }) => versionView(attributes, state, usage?.lastUsedAt ?? null, next)),
      },
    };
  }
}
