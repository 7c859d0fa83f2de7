import {
  type AccountState,
  accountStream,
  aliasArn,
  type AliasState,
  aliasStream,
  keyStream,
  principalStream,
  type PrincipalState,
  type UsesState,
  usesStream,
  type VersionState,
} from '@claviger/domain';
import { TwoGenerationCache } from '../two-generation-cache.js';
import { KeyStateFile, RowIntegrityError } from './file.js';
import type { Change } from './fold.js';
import { FoldedState, type KeyStateOptions } from './folded-state.js';
import { KeyEntry } from './key-entry.js';
import {
  type AliasPage,
  type KeyFilter,
  type KeyPage,
  keysDue,
  listAliases,
  type ListedMaterial,
  listKeys,
  listMaterial,
  type MaterialPlace,
} from './listing.js';
import * as rows from './rows.js';
import { verifyStream } from './verify-stream.js';

/**
 * The current state of everything that calls need: keys, versions, aliases, principals, accounts, reserved uses. One SQLite file with
 * MACed rows, a bounded cache over it, fed by one subscription. What is not in memory is checked against its events before it is used.
 */
export class KeyState extends FoldedState {
  private readonly entries: TwoGenerationCache<string, KeyEntry>;
  private readonly principals: TwoGenerationCache<string, rows.Versioned<PrincipalState>>;
  private readonly aliases: TwoGenerationCache<string, rows.Versioned<AliasState>>;

  private constructor(file: KeyStateFile, options: KeyStateOptions) {
    super(file, options);
    const { cachedKeys } = options;
    this.entries = new TwoGenerationCache(cachedKeys);
    this.principals = new TwoGenerationCache(Math.max(1, cachedKeys >> 3));
    this.aliases = new TwoGenerationCache(cachedKeys);
  }

  /**
   * Opens the file. A file of another schema, whose heads do not add up to its own checkpoint, or in which an event was passed over that
   * this program knows by now, is of no use: `undefined`, and the caller removes it and opens a new one.
   */
  static open(options: KeyStateOptions): KeyState | undefined {
    const file = KeyStateFile.open(options.path, options.macKey);
    if (file === undefined) return undefined;
    try {
      const state = new KeyState(file, options);
      if (state.consistent && !state.outgrown) return state;
    } catch (error) {
      if (!(error instanceof RowIntegrityError)) throw error;
    }
    file.close();
    return undefined;
  }

  /** From memory only; undefined when the key is not cached (or does not exist). */
  peek(keyId: string): KeyEntry | undefined {
    return this.entries.get(keyId);
  }

  /**
   * The key, or undefined when the state holds none of this id in this account and region. A key that is not in memory is checked
   * against its events first: every event of its stream must verify.
   * @throws StreamUnavailable
   */
  async key(account: string, region: string, keyId: string): Promise<KeyEntry | undefined> {
    const stream = keyStream(account, region, keyId);
    this.assertSound(stream);
    const cached = this.entries.get(keyId);
    if (cached !== undefined) return inScope(cached, account, region);
    return this.guarded(stream, async () => {
      const row = rows.readKey(this.file, keyId);
      if (row === undefined || row.state.account !== account || row.state.region !== region) return undefined;
      const at = this.applied;
      await this.verify(stream, row.revision);
      // Another event may have been folded meanwhile; what it left is newer than the row read above.
      const newer = this.entries.get(keyId);
      if (newer !== undefined) return newer;
      const fresh = this.applied === at ? row : (rows.readKey(this.file, keyId) ?? row);
      const entry = new KeyEntry(fresh.state, fresh.revision, (version) => rows.readVersion(this.file, keyId, version));
      this.entries.set(keyId, entry);
      return entry;
    });
  }

  /** All versions, ascending. @throws StreamUnavailable */
  async versions(entry: KeyEntry): Promise<readonly VersionState[]> {
    const { account, region, keyId } = entry.attributes;
    return this.guarded(keyStream(account, region, keyId), async () => rows.readVersions(this.file, keyId));
  }

  /** @param name without the prefix `alias/` @throws StreamUnavailable */
  async alias(account: string, region: string, name: string): Promise<rows.Versioned<AliasState> | undefined> {
    const stream = aliasStream(account, region, name);
    this.assertSound(stream);
    const cached = this.aliases.get(stream);
    if (cached !== undefined) return cached;
    return this.guarded(stream, async () => {
      const read = (): rows.Versioned<AliasState> | undefined =>
        rows.readAlias(this.file, account, region, name, aliasArn(account, region, `alias/${name}`));
      const row = read();
      if (row === undefined) return undefined;
      const at = this.applied;
      await this.verify(stream, row.revision);
      const fresh = this.applied === at ? row : (read() ?? row);
      this.aliases.set(stream, fresh);
      return fresh;
    });
  }

  /** From memory only. */
  peekAlias(account: string, region: string, name: string): rows.Versioned<AliasState> | undefined {
    return this.aliases.get(aliasStream(account, region, name));
  }

  /** @throws StreamUnavailable */
  async principal(principalId: string): Promise<rows.Versioned<PrincipalState> | undefined> {
    const stream = principalStream(principalId);
    this.assertSound(stream);
    const cached = this.principals.get(principalId);
    if (cached !== undefined) return cached;
    return this.guarded(stream, async () => {
      const row = rows.readPrincipal(this.file, principalId);
      if (row === undefined) return undefined;
      const at = this.applied;
      await this.verify(stream, row.revision);
      const fresh = this.applied === at ? row : (rows.readPrincipal(this.file, principalId) ?? row);
      this.principals.set(principalId, fresh);
      return fresh;
    });
  }

  /** From memory only. */
  peekPrincipal(principalId: string): rows.Versioned<PrincipalState> | undefined {
    return this.principals.get(principalId);
  }

  async principalOfAccessKey(accessKeyId: string): Promise<rows.Versioned<PrincipalState> | undefined> {
    const principalId = rows.principalOfAccessKey(this.file, accessKeyId);
    return principalId === undefined ? undefined : this.principal(principalId);
  }

  /** @param hash SHA-256 of the token, hex */
  async principalOfToken(hash: string): Promise<rows.Versioned<PrincipalState> | undefined> {
    const principalId = rows.principalOfToken(this.file, hash);
    return principalId === undefined ? undefined : this.principal(principalId);
  }

  /** @throws StreamUnavailable */
  async account(account: string): Promise<rows.Versioned<AccountState> | undefined> {
    const stream = accountStream(account);
    return this.guarded(stream, async () => rows.readAccount(this.file, account));
  }

  /** @throws StreamUnavailable */
  async uses(
    account: string,
    region: string,
    keyId: string,
    version: number,
  ): Promise<rows.Versioned<UsesState> | undefined> {
    const stream = usesStream(account, region, keyId, version);
    return this.guarded(stream, async () => rows.readUses(this.file, stream));
  }

  listKeys(filter: KeyFilter, after: string, limit: number): KeyPage {
    return listKeys(this.file, filter, after, limit, (stream, error) => this.condemn(stream, error.message));
  }

  listAliases(account: string, region: string, keyId: string | null, after: string, limit: number): AliasPage {
    return listAliases(this.file, account, region, keyId, after, limit, (stream, error) =>
      this.condemn(stream, error.message),
    );
  }

  /** Material of every version, of all accounts and Regions; `next` is where the next page begins, undefined at the end. */
  listMaterial(
    after: MaterialPlace | undefined,
    limit: number,
  ): { readonly items: readonly ListedMaterial[]; readonly next: MaterialPlace | undefined } {
    return listMaterial(this.file, after, limit, (stream, error) => this.condemn(stream, error.message));
  }

  /** Keys for which something is due at `now`, the longest overdue first. */
  keysDue(
    now: number,
    limit: number,
  ): readonly { readonly account: string; readonly region: string; readonly keyId: string }[] {
    return keysDue(this.file, now, limit);
  }

  override distrust(): void {
    super.distrust();
    this.entries.clear();
    this.aliases.clear();
    this.principals.clear();
  }

  /** @param scratch path of a file that does not exist; the caller removes it afterwards */
  async rebuild(scratch: string, onProgress: (position: bigint, head: bigint) => void): Promise<void> {
    const fresh = KeyState.open({ ...this.options, path: scratch, observer: undefined });
    if (fresh === undefined) throw new Error(`${scratch} is not an empty file`);
    try {
      await this.rebuildFrom(fresh, onProgress);
    } finally {
      await fresh.close();
    }
  }

  protected override refresh(change: Change): void {
    switch (change.kind) {
      case 'key':
        this.entries.set(change.state.keyId, KeyEntry.complete(change.state, change.revision));
        return;
      case 'alias':
        this.aliases.delete(aliasStream(change.account, change.region, change.name));
        return;
      case 'principal':
        this.principals.delete(change.principalId);
        return;
      case 'none':
        return;
    }
  }

  protected override drop(stream: string): void {
    if (stream.startsWith('key-')) this.entries.delete(stream.slice(-36));
    if (stream.startsWith('principal-')) this.principals.delete(stream.slice('principal-'.length));
    this.aliases.delete(stream);
  }

  private async verify(stream: string, revision: number): Promise<void> {
    await verifyStream(this.options.store, stream, revision, this.heads.get(stream)?.revision);
    // It may have been put out of use meanwhile, and what is read now must not come back into memory.
    this.assertSound(stream);
  }
}

const inScope = (entry: KeyEntry, account: string, region: string): KeyEntry | undefined =>
  entry.attributes.account === account && entry.attributes.region === region ? entry : undefined;
