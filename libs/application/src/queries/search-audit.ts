import { KmsError } from '@claviger/domain';
import { type AuditFilter, type AuditSearchResult, AuditViewUnavailable, InvalidCursor } from '@claviger/projections';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { authorise } from '../access/authorise.js';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { KeyResolver } from '../key-resolver.js';
import { AuditSearch } from './audit-search.js';

/** What to look for; the account is always the caller's own. */
export interface AuditQuestion extends Omit<AuditFilter, 'account' | 'withUnauthenticated' | 'key'> {
  readonly key?: KeyReference;
}

/** Who did what, when, to which key, with what result: changes and key use alike. */
export class SearchAuditQuery extends Query<AuditSearchResult> {
  constructor(
    readonly call: CallContext,
    readonly question: AuditQuestion,
    readonly cursor: string | undefined,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(SearchAuditQuery)
export class SearchAuditHandler implements IQueryHandler<SearchAuditQuery> {
  constructor(
    private readonly resolver: KeyResolver,
    private readonly audit: AuditSearch,
  ) {}

  async execute({ call, question, cursor, limit }: SearchAuditQuery): Promise<AuditSearchResult> {
    const { account, administrator } = call.caller;
    authorise(call, { action: 'claviger:SearchAudit', resource: '*', account }, undefined);
    const { key, ...rest } = question;
    const keyId = key === undefined ? undefined : await this.keyId(call, key);
    // Calls without a known caller belong to no account: only who answers for the service sees them.
    const filter: AuditFilter = {
      ...rest,
      account,
      withUnauthenticated: administrator,
      ...(keyId === undefined ? {} : { key: keyId }),
    };
    try {
      return await this.audit.search(filter, cursor, limit);
    } catch (error) {
      if (error instanceof InvalidCursor) {
        throw new KmsError('InvalidMarker', 'cursor is not one that this service gave for this search.', {
          argument: 'cursor',
        });
      }
      if (error instanceof AuditViewUnavailable) {
        throw new KmsError('Unavailable', 'The audit view does not answer. The records are safe; try again.');
      }
      throw error;
    }
  }

  /** A key id is taken as it is: calls that named a key which never existed are on record too. */
  private async keyId(call: CallContext, key: KeyReference): Promise<string> {
    if (key.kind !== 'id') return (await this.resolver.resolveAny(call, key)).attributes.keyId;
    call.facts.keyId = key.keyId;
    return key.keyId;
  }
}
