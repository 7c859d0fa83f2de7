import { keyDecider, type KeyState, keyStream, KmsError, nextRotationAt } from '@claviger/domain';
import { Clock } from '@claviger/platform';
import { EventStore } from '@claviger/ports';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { authorise } from '../access/authorise.js';
import type { CallContext } from '../call-context.js';
import { foldRecords, type Loaded } from '../change/aggregate.js';
import type { KeyReference } from '../key-reference.js';
import { KeyResolver } from '../key-resolver.js';
import { versionView, type VersionView } from './key-view.js';

/** A key as it was at a moment, and the events that made it so. */
export interface KeyAt {
  readonly key: KeyState;
  readonly revision: number;
  readonly at: number;
  /** As they were then; when they had last been used is not known. */
  readonly versions: readonly VersionView[];
  readonly events: readonly { readonly revision: number; readonly type: string; readonly at: string }[];
}

export class KeyAtQuery extends Query<KeyAt> {
  constructor(
    readonly call: CallContext,
    readonly key: KeyReference,
    /** Epoch milliseconds; events of this very millisecond count. */
    readonly at: number,
  ) {
    super();
  }
}

const PAGE = 500;

@QueryHandler(KeyAtQuery)
export class KeyAtHandler implements IQueryHandler<KeyAtQuery> {
  constructor(
    private readonly resolver: KeyResolver,
    private readonly store: EventStore,
    private readonly clock: Clock,
  ) {}

  async execute({ call, key, at }: KeyAtQuery): Promise<KeyAt> {
    const { attributes, revision } = await this.resolver.resolveAny(call, key);
    const { arn, account, region, keyId, policyVersion } = attributes;
    authorise(
      call,
      { action: 'claviger:GetKeyHistory', resource: arn, account, key: revision, policy: policyVersion },
      undefined,
    );
    const stream = keyStream(account, region, keyId);
    let loaded: Loaded<KeyState | null> = { state: null, revision: -1, commands: new Map() };
    const events: { revision: number; type: string; at: string }[] = [];
    for (let from = 0; ; ) {
      const page = await this.store.readStream(stream, from, PAGE);
      const past = page.filter((record) => occurredAt(record.metadata) <= at);
      loaded = foldRecords(keyDecider, 'key', loaded, past, this.clock.now());
      for (const { revision: number, type, metadata } of past) {
        events.push({ revision: number, type, at: new Date(occurredAt(metadata)).toISOString() });
      }
      from += page.length;
      if (page.length < PAGE || past.length < page.length) break;
    }
    if (loaded.state === null) {
      throw new KmsError(
        'NotFound',
        `Key '${arn}' did not exist at ${new Date(at).toISOString()}; it was created later.`,
        { resource: arn },
      );
    }
    const { state: then } = loaded;
    const versions = then.versions.map((version) => versionView(then, version, null, nextRotationAt(then)));
    return { key: then, revision: loaded.revision, at, versions, events };
  }
}

const occurredAt = (metadata: string): number =>
  Date.parse((JSON.parse(metadata) as { occurredAt: string }).occurredAt);
