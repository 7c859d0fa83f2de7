import {
  type AccountEvent,
  type AliasEvent,
  accountDecider,
  aliasArn,
  aliasDecider,
  decodeEvent,
  evolveKey,
  type KeyEvent,
  type KeyState,
  type PrincipalEvent,
  principalDecider,
  streamCategory,
  type UsesEvent,
  usesDecider,
} from '@claviger/domain';
import type { EventRecord } from '@claviger/ports';
import { TwoGenerationCache } from '../two-generation-cache.js';
import { isNewer } from './fault.js';
import type { KeyStateFile } from './file.js';
import * as rows from './rows.js';

/** What one folded event means for those who hold copies in memory. */
export type Change =
  | { readonly kind: 'key'; readonly state: KeyState; readonly revision: number }
  | { readonly kind: 'alias'; readonly account: string; readonly region: string; readonly name: string }
  | { readonly kind: 'principal'; readonly principalId: string }
  | { readonly kind: 'none' };

export interface Folded {
  readonly change: Change;
  /** Time of the event, epoch milliseconds. */
  readonly at: number;
}

/** The event cannot be understood: the stream must be treated as unavailable, never skipped. */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
}

/** So must that of an event that a newer version of the service wrote; its record is sound, and understood there. */
export class NewerEvent extends Error {
  override readonly name = 'NewerEvent';
}

interface CachedKey {
  readonly state: KeyState;
  readonly revision: number;
}

/** Folds verified events into rows. Called in store order, inside one transaction per batch. */
export class KeyStateFold {
  private readonly keys: TwoGenerationCache<string, CachedKey>;

  constructor(
    private readonly file: KeyStateFile,
    cachedKeys: number,
  ) {
    this.keys = new TwoGenerationCache(cachedKeys);
  }

  /** Forgets states held in memory; the next event reads the (verified) rows. */
  forget(): void {
    this.keys.clear();
  }

  /** @throws UnknownEvent, NewerEvent, RowIntegrityError */
  apply(record: EventRecord): Folded {
    const { stream, type, schemaVersion } = record;
    // Before anything else is looked at: what is in it may have another form there.
    if (isNewer(stream, type, schemaVersion)) {
      throw new NewerEvent(
        `event ${type} version ${schemaVersion} is of a newer version of the service than this node`,
      );
    }
    const at = occurredAt(record);
    return { at, change: this.change(record, at) };
  }

  private change(record: EventRecord, at: number): Change {
    const category = streamCategory(record.stream);
    if (category === undefined) throw new UnknownEvent(`stream ${record.stream} is of no known kind`);
    const event = decodeEvent(category, record.type, record.schemaVersion, parsed(record, record.data));
    if (event === undefined) {
      throw new UnknownEvent(
        `event ${record.revision}, ${record.type} version ${record.schemaVersion}, is not of its form`,
      );
    }
    switch (category) {
      case 'key':
        return this.key(record, event as KeyEvent, at);
      case 'alias':
        return this.alias(record, event as AliasEvent, at);
      case 'principal':
        return this.principal(record, event as PrincipalEvent, at);
      case 'account':
        return this.account(record, event as AccountEvent, at);
      case 'uses':
        return this.uses(record, event as UsesEvent, at);
      case 'unique':
      case 'operator':
        return { kind: 'none' };
    }
  }

  private key(record: EventRecord, event: KeyEvent, at: number): Change {
    const keyId = record.stream.slice(-36);
    const before = this.loadKey(keyId);
    const state = evolveKey(before?.state ?? null, event, at);
    if (state === null) throw new UnknownEvent(`stream ${record.stream} does not begin with its creation`);
    rows.writeKey(this.file, state, record.revision, before?.state ?? null);
    this.keys.set(keyId, { state, revision: record.revision });
    return { kind: 'key', state, revision: record.revision };
  }

  private loadKey(keyId: string): CachedKey | undefined {
    const cached = this.keys.get(keyId);
    if (cached !== undefined) return cached;
    const row = rows.readKey(this.file, keyId);
    if (row === undefined) return undefined;
    return { state: { ...row.state, versions: rows.readVersions(this.file, keyId) }, revision: row.revision };
  }

  private alias(record: EventRecord, event: AliasEvent, at: number): Change {
    const scope = aliasScope(record.stream);
    const before = rows.readAlias(this.file, scope.account, scope.region, scope.name, scope.arn);
    const state = aliasDecider.evolve(before?.state ?? null, event, at);
    if (state === null) throw new UnknownEvent(`stream ${record.stream} does not begin with its creation`);
    rows.writeAlias(this.file, state, record.revision);
    return { kind: 'alias', account: scope.account, region: scope.region, name: scope.name };
  }

  private principal(record: EventRecord, event: PrincipalEvent, at: number): Change {
    const principalId = record.stream.slice('principal-'.length);
    const state = principalDecider.evolve(rows.readPrincipal(this.file, principalId)?.state ?? null, event, at);
    if (state === null) throw new UnknownEvent(`stream ${record.stream} does not begin with its creation`);
    rows.writePrincipal(this.file, state, record.revision);
    return { kind: 'principal', principalId };
  }

  private account(record: EventRecord, event: AccountEvent, at: number): Change {
    const account = record.stream.slice('account-'.length);
    const state = accountDecider.evolve(rows.readAccount(this.file, account)?.state ?? null, event, at);
    if (state === null) throw new UnknownEvent(`stream ${record.stream} does not begin with its creation`);
    rows.writeAccount(this.file, state, record.revision);
    return { kind: 'none' };
  }

  private uses(record: EventRecord, event: UsesEvent, at: number): Change {
    const before = rows.readUses(this.file, record.stream)?.state ?? usesDecider.initialState;
    rows.writeUses(this.file, record.stream, usesDecider.evolve(before, event, at), record.revision);
    return { kind: 'none' };
  }
}

/** @throws UnknownEvent for text that is no JSON: one bad event must not stop the others. */
function parsed(record: EventRecord, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnknownEvent(`event ${record.revision} of ${record.stream} cannot be read`);
  }
}

function occurredAt(record: EventRecord): number {
  const metadata = parsed(record, record.metadata);
  const text =
    typeof metadata === 'object' && metadata !== null && 'occurredAt' in metadata ? metadata.occurredAt : undefined;
  const at = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new UnknownEvent(`event ${record.revision} of ${record.stream} has no time`);
  return at;
}

/** `alias-<account>-<region>-<name>`; regions contain hyphens, so the name starts after the digit that ends the region. */
function aliasScope(stream: string): { account: string; region: string; name: string; arn: string } {
  const match = /^alias-([0-9]{12})-([a-z]+(?:-[a-z]+)+-[0-9]+)-(.+)$/.exec(stream);
  const [, account, region, name] = match ?? [];
  if (account === undefined || region === undefined || name === undefined) {
    throw new UnknownEvent(`stream ${stream} is not an alias stream`);
  }
  return { account, region, name, arn: aliasArn(account, region, `alias/${name}`) };
}
