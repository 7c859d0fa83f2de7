import type { KeyEntry } from '@claviger/projections';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { authorise } from '../access/authorise.js';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { KeyResolver } from '../key-resolver.js';
import { describeEntry, type KeyDescription } from './key-view.js';

export class DescribeKeyQuery extends Query<KeyDescription> {
  constructor(
    readonly call: CallContext,
    readonly key: KeyReference,
    /** What the caller is about to be told; differs per operation (`kms:DescribeKey`, `kms:GetKeyPolicy`, …). */
    readonly action = 'kms:DescribeKey',
    /** Deleted keys too: what is left of them stays readable. */
    readonly deletedToo = false,
  ) {
    super();
  }
}

@QueryHandler(DescribeKeyQuery)
export class DescribeKeyHandler implements IQueryHandler<DescribeKeyQuery> {
  constructor(private readonly resolver: KeyResolver) {}

  async execute({ call, key, action, deletedToo }: DescribeKeyQuery): Promise<KeyDescription> {
    const describe = (entry: KeyEntry): KeyDescription => {
      const { arn, account, policyVersion } = entry.attributes;
      authorise(call, { action, resource: arn, account, key: entry.revision, policy: policyVersion }, undefined);
      return describeEntry(entry);
    };
    if (deletedToo) return describe(await this.resolver.resolveAny(call, key));
    return this.resolver.resolveChecked(call, key, describe);
  }
}
