import {
  aliasArn,
  type AliasState,
  aliasStream,
  type DataClass,
  type KeyAttributes,
  keyStream,
  type KeyUsage,
  type TokenName,
  type VersionState,
} from '@claviger/domain';
import { type KeyStateFile, RowIntegrityError, type SqlValue } from './file.js';

/** Absent members do not restrict. */
export interface KeyFilter {
  readonly account: string;
  readonly region: string;
  readonly environment?: string;
  readonly dataClass?: DataClass;
  readonly usage?: KeyUsage;
  readonly spec?: string;
  /** `Enabled`, `Disabled`, `PendingDeletion`, `Deleted`. Without it deleted keys are left out. */
  readonly status?: string;
  readonly owner?: string;
}

export interface ListedKey {
  readonly attributes: KeyAttributes;
  readonly revision: number;
}
export interface KeyPage {
  readonly items: readonly ListedKey[];
  /** Key id to continue after; null at the end. */
  readonly next: string | null;
}
export interface AliasPage {
  readonly items: readonly AliasState[];
  /** Alias name to continue after; null at the end. */
  readonly next: string | null;
}

/** What a version says about its material, for the comparison with what the HSM holds. */
export interface ListedMaterial {
  readonly keyId: string;
  readonly version: number;
  readonly reference: string;
  /** The token that has it; null: the software HSM. */
  readonly token: TokenName | null;
  /** Its destruction is recorded: nothing of it may be left. */
  readonly destroyed: boolean;
}
/** Where a list of material goes on: behind this version. */
export interface MaterialPlace {
  readonly keyId: string;
  readonly version: number;
}

/** Called with the stream of a row that does not verify; the row is left out of the list. */
export type OnDamaged = (stream: string, error: RowIntegrityError) => void;

function opened<T>(
  file: KeyStateFile,
  table: string,
  pk: string,
  row: readonly [SqlValue | undefined, SqlValue | undefined],
  damaged: (error: RowIntegrityError) => void,
): T | undefined {
  const [text, mac] = row;
  try {
    if (typeof text !== 'string' || mac === undefined) throw new RowIntegrityError(table, pk);
    file.verify(table, pk, text, mac);
    return JSON.parse(text) as T;
  } catch (error) {
    if (!(error instanceof RowIntegrityError)) throw error;
    damaged(error);
    return undefined;
  }
}

/** Keys in ascending order of their ids, after `after` (empty: from the start). */
export function listKeys(
  file: KeyStateFile,
  filter: KeyFilter,
  after: string,
  limit: number,
  onDamaged: OnDamaged,
): KeyPage {
  const columns: [string, string | undefined][] = [
    ['environment', filter.environment],
    ['data_class', filter.dataClass],
    ['usage', filter.usage],
    ['spec', filter.spec],
    ['owner', filter.owner],
    ['status', filter.status],
  ];
  const wanted = columns.filter((column): column is [string, string] => column[1] !== undefined);
  const where = wanted.map(([name]) => ` AND ${name}=?`).join('');
  const hidden = filter.status === undefined ? " AND status<>'Deleted'" : '';
  const rows = file.all(
    `SELECT key_id, body, mac FROM keys WHERE account=? AND region=? AND key_id>?${hidden}${where} ORDER BY key_id LIMIT ?`,
    filter.account,
    filter.region,
    after,
    ...wanted.map(([, value]) => value),
    limit + 1,
  );
  const items: ListedKey[] = [];
  for (const [keyId, text, mac] of rows.slice(0, limit)) {
    const stream = keyStream(filter.account, filter.region, String(keyId));
    const body = opened<{ state: KeyAttributes; revision: number }>(file, 'keys', String(keyId), [text, mac], (error) =>
      onDamaged(stream, error),
    );
    if (body !== undefined) items.push({ attributes: body.state, revision: body.revision });
  }
  return { items, next: rows.length > limit ? String(rows[limit - 1]?.[0]) : null };
}

/** Aliases in ascending order of their names; of one key when `keyId` is given. */
export function listAliases(
  file: KeyStateFile,
  account: string,
  region: string,
  keyId: string | null,
  after: string,
  limit: number,
  onDamaged: OnDamaged,
): AliasPage {
  const rows = file.all(
    `SELECT name, body, mac FROM aliases WHERE account=? AND region=? AND name>? AND key_id IS NOT NULL${
      keyId === null ? '' : ' AND key_id=?'
    } ORDER BY name LIMIT ?`,
    account,
    region,
    after,
    ...(keyId === null ? [] : [keyId]),
    limit + 1,
  );
  const items: AliasState[] = [];
  for (const [name, text, mac] of rows.slice(0, limit)) {
    const arn = aliasArn(account, region, `alias/${String(name)}`);
    const stream = aliasStream(account, region, String(name));
    const body = opened<{ state: AliasState }>(file, 'aliases', arn, [text, mac], (error) => onDamaged(stream, error));
    if (body !== undefined) items.push(body.state);
  }
  return { items, next: rows.length > limit ? String(rows[limit - 1]?.[0]) : null };
}

export function keysDue(
  file: KeyStateFile,
  now: number,
  limit: number,
): readonly { readonly account: string; readonly region: string; readonly keyId: string }[] {
  const rows = file.all('SELECT account, region, key_id FROM keys WHERE due_at<=? ORDER BY due_at LIMIT ?', now, limit);
  return rows.map(([account, region, keyId]) => ({
    account: String(account),
    region: String(region),
    keyId: String(keyId),
  }));
}

/** Material of all accounts and Regions, in the order of key ids and versions. `next` is undefined at the end. */
export function listMaterial(
  file: KeyStateFile,
  after: MaterialPlace | undefined,
  limit: number,
  onDamaged: OnDamaged,
): { readonly items: readonly ListedMaterial[]; readonly next: MaterialPlace | undefined } {
  const rows = file.all(
    `SELECT v.key_id, v.version, v.body, v.mac, k.account, k.region FROM versions v JOIN keys k ON k.key_id=v.key_id
     WHERE (v.key_id, v.version) > (?,?) ORDER BY v.key_id, v.version LIMIT ?`,
    after?.keyId ?? '',
    after?.version ?? 0,
    limit,
  );
  const items: ListedMaterial[] = [];
  let next: MaterialPlace | undefined;
  for (const [id, number, text, mac, account, region] of rows) {
    const [keyId, version] = [String(id), Number(number)];
    next = { keyId, version };
    const body = opened<VersionState>(file, 'versions', `${keyId}/${version}`, [text, mac], (error) =>
      onDamaged(keyStream(String(account), String(region), keyId), error),
    );
    if (body === undefined) continue;
    const { reference, token } = body.material;
    items.push({ keyId, version, reference, token, destroyed: body.deletedAt !== null });
  }
  return { items, next: rows.length < limit ? undefined : next };
}
