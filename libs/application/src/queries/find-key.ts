import { type DataClass, KmsError, type KeyUsage } from '@claviger/domain';
import { KeyState, type ListedKey } from '@claviger/projections';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { authorise } from '../access/authorise.js';
import type { CallContext } from '../call-context.js';

/** the one usable key for a purpose. */
export class FindKeyQuery extends Query<ListedKey> {
  constructor(
    readonly call: CallContext,
    readonly purpose: KeyUsage,
    readonly environment: string,
    readonly dataClass: DataClass,
  ) {
    super();
  }
}

@QueryHandler(FindKeyQuery)
export class FindKeyHandler implements IQueryHandler<FindKeyQuery> {
  constructor(private readonly keyState: KeyState) {}

  /** @throws KmsError NotFound when there is none, Conflict when there are several */
  async execute({ call, purpose, environment, dataClass }: FindKeyQuery): Promise<ListedKey> {
    const { account } = call.caller;
    authorise(call, { action: 'kms:ListKeys', resource: '*', account }, undefined);
    await this.keyState.toHead();
    const filter = { account, region: call.region, usage: purpose, environment, dataClass, status: 'Enabled' };
    const { items } = this.keyState.listKeys(filter, '', 2);
    const [first, second] = items;
    const wanted = `purpose ${purpose}, environment ${environment} and data class ${dataClass}`;
    if (first === undefined) throw new KmsError('NotFound', `No enabled key has ${wanted}.`);
    if (second !== undefined) {
      throw new KmsError(
        'Conflict',
        `More than one enabled key has ${wanted}, among them ${first.attributes.keyId} and ${second.attributes.keyId}. Name the key, or an alias.`,
      );
    }
    call.facts.keyId = first.attributes.keyId;
    return first;
  }
}
