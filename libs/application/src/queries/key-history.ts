import { decodeEvent, type EventMetadata, explainKeyEvent, type KeyEvent, keyStream, KmsError } from '@claviger/domain';
import { EventStore } from '@claviger/ports';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { authorise } from '../access/authorise.js';
import type { CallContext } from '../call-context.js';
import { EventDetails } from '../change/event-details.js';
import type { KeyReference } from '../key-reference.js';
import { KeyResolver } from '../key-resolver.js';

/** One event of a key's stream, in words. */
export interface HistoryItem {
  readonly revision: number;
  readonly type: string;
  /** ISO 8601. */
  readonly at: string;
  readonly summary: string;
  /** Principal id, and the name it had then (absent once that detail was erased). */
  readonly actor: string;
  readonly actorName: string | null;
  readonly reason: string | null;
  readonly source: string | null;
  readonly protocol: string;
  readonly operation: string;
  readonly requestId: string;
  readonly data: unknown;
}
export interface HistoryPage {
  readonly items: readonly HistoryItem[];
  /** Revision to continue from; null at the end. */
  readonly next: number | null;
  readonly revision: number;
}

export class KeyHistoryQuery extends Query<HistoryPage> {
  constructor(
    readonly call: CallContext,
    readonly key: KeyReference,
    /** First revision of the page. */
    readonly from: number,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(KeyHistoryQuery)
export class KeyHistoryHandler implements IQueryHandler<KeyHistoryQuery> {
  constructor(
    private readonly resolver: KeyResolver,
    private readonly store: EventStore,
    private readonly details: EventDetails,
  ) {}

  async execute({ call, key, from, limit }: KeyHistoryQuery): Promise<HistoryPage> {
    const { attributes, revision } = await this.resolver.resolveAny(call, key);
    const { arn, account, region, keyId, policyVersion } = attributes;
    authorise(
      call,
      { action: 'claviger:GetKeyHistory', resource: arn, account, key: revision, policy: policyVersion },
      undefined,
    );
    const records = await this.store.readStream(keyStream(account, region, keyId), from, limit + 1);
    const items = await Promise.all(
      records.slice(0, limit).map(async (record): Promise<HistoryItem> => {
        const data: unknown = JSON.parse(record.data);
        const event = decodeEvent('key', record.type, record.schemaVersion, data);
        if (event === undefined)
          throw new KmsError('Unavailable', `Event ${record.type} is not known to this version of the service.`);
        const metadata = JSON.parse(record.metadata) as EventMetadata;
        const detail = await this.details.open(metadata);
        return {
          revision: record.revision,
          type: record.type,
          at: metadata.occurredAt,
          // decodeEvent('key', …) answers key events only.
          summary: explainKeyEvent(event as KeyEvent),
          actor: metadata.actor,
          actorName: detail.name ?? null,
          reason: detail.reason ?? null,
          source: detail.source ?? null,
          protocol: metadata.protocol,
          operation: metadata.operation,
          requestId: metadata.requestId,
          data,
        };
      }),
    );
    return { items, next: records.length > limit ? from + limit : null, revision };
  }
}
