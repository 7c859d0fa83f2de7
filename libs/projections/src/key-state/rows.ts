import {
  type AccountState,
  type AliasState,
  type KeyAttributes,
  type KeyState,
  keyStateForAws,
  nextDueAt,
  type PrincipalState,
  type UsesState,
  type VersionState,
} from '@claviger/domain';
import type { KeyStateFile, SqlValue } from './file.js';
import { RowIntegrityError } from './file.js';

/**
 * Rows of the key state: one write and one read per kind. Bodies are JSON; the MAC covers the body and, through it, everything that the
 * other columns repeat for look-ups.
 */

export interface Versioned<T> {
  readonly state: T;
  readonly revision: number;
}

const body = (value: unknown): string => JSON.stringify(value);

interface StoredBody<T> {
  readonly state: T;
  readonly revision: number;
}

/** The revision is inside the MACed body; the column only serves queries. */
function open<T>(
  file: KeyStateFile,
  table: string,
  pk: string,
  row: readonly SqlValue[] | undefined,
): Versioned<T> | undefined {
  if (row === undefined) return undefined;
  const [text, mac] = row;
  if (typeof text !== 'string' || mac === undefined) throw new RowIntegrityError(table, pk);
  file.verify(table, pk, text, mac);
  return JSON.parse(text) as StoredBody<T>;
}

const REPLACE_KEY = 'INSERT OR REPLACE INTO keys VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)';

/** Where the row stays and no index over what a key is for has to be looked at. */
const UPDATE_KEY = `INSERT INTO keys VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (key_id) DO UPDATE SET
  spec=excluded.spec, status=excluded.status, owner=excluded.owner, due_at=excluded.due_at, revision=excluded.revision,
  body=excluded.body, mac=excluded.mac`;

export function writeKey(file: KeyStateFile, state: KeyState, revision: number, before: KeyState | null): void {
  const { versions, ...attributes } = state;
  const text = body({ state: attributes, revision });
  const samePurpose = before?.environment === state.environment && before.dataClass === state.dataClass;
  file.run(
    samePurpose ? UPDATE_KEY : REPLACE_KEY,
    state.keyId,
    state.account,
    state.region,
    state.createdAt,
    state.environment,
    state.dataClass,
    state.usage,
    state.spec,
    state.deletedAt === null ? keyStateForAws(state) : 'Deleted',
    state.owner,
    nextDueAt(state),
    revision,
    text,
    file.mac('keys', state.keyId, text),
  );
  // Unchanged versions are the same objects (evolve copies only what it changes), so a rotation writes two rows, not a thousand.
  versions.forEach((version, index) => {
    if (before?.versions[index] === version) return;
    const versionText = body(version);
    file.run(
      'INSERT OR REPLACE INTO versions VALUES (?,?,?,?)',
      state.keyId,
      version.version,
      versionText,
      file.mac('versions', `${state.keyId}/${version.version}`, versionText),
    );
  });
}

export const readKey = (file: KeyStateFile, keyId: string): Versioned<KeyAttributes> | undefined =>
  open<KeyAttributes>(file, 'keys', keyId, file.first('SELECT body, mac FROM keys WHERE key_id=?', keyId));

export function readVersion(file: KeyStateFile, keyId: string, version: number): VersionState | undefined {
  const row = file.first('SELECT body, mac FROM versions WHERE key_id=? AND version=?', keyId, version);
  return row === undefined ? undefined : openVersion(file, keyId, version, row);
}

export function readVersions(file: KeyStateFile, keyId: string): VersionState[] {
  const rows = file.all('SELECT body, mac, version FROM versions WHERE key_id=? ORDER BY version', keyId);
  return rows.map((row) => openVersion(file, keyId, Number(row[2]), row));
}

function openVersion(file: KeyStateFile, keyId: string, version: number, row: readonly SqlValue[]): VersionState {
  const pk = `${keyId}/${version}`;
  const [text, mac] = row;
  if (typeof text !== 'string' || mac === undefined) throw new RowIntegrityError('versions', pk);
  file.verify('versions', pk, text, mac);
  return JSON.parse(text) as VersionState;
}

export function writeAlias(file: KeyStateFile, state: AliasState, revision: number): void {
  const text = body({ state, revision });
  const mac = file.mac('aliases', state.arn, text);
  file.run(
    'INSERT OR REPLACE INTO aliases VALUES (?,?,?,?,?,?,?)',
    state.account,
    state.region,
    state.name,
    state.keyId,
    revision,
    text,
    mac,
  );
}

export const readAlias = (
  file: KeyStateFile,
  account: string,
  region: string,
  name: string,
  arn: string,
): Versioned<AliasState> | undefined =>
  open<AliasState>(
    file,
    'aliases',
    arn,
    file.first('SELECT body, mac FROM aliases WHERE account=? AND region=? AND name=?', account, region, name),
  );

export function writePrincipal(file: KeyStateFile, state: PrincipalState, revision: number): void {
  const text = body({ state, revision });
  const mac = file.mac('principals', state.principalId, text);
  file.run(
    'INSERT OR REPLACE INTO principals VALUES (?,?,?,?,?)',
    state.principalId,
    state.account,
    revision,
    text,
    mac,
  );
  // These only lead to the principal, whose verified state decides whether the credential is good.
  for (const key of state.accessKeys) {
    file.run('INSERT OR REPLACE INTO access_keys VALUES (?,?)', key.accessKeyId, state.principalId);
  }
  for (const token of state.tokens)
    file.run('INSERT OR REPLACE INTO tokens VALUES (?,?)', token.hash, state.principalId);
}

export const readPrincipal = (file: KeyStateFile, principalId: string): Versioned<PrincipalState> | undefined =>
  open<PrincipalState>(
    file,
    'principals',
    principalId,
    file.first('SELECT body, mac FROM principals WHERE principal_id=?', principalId),
  );

const principalId = (row: readonly SqlValue[] | undefined): string | undefined =>
  typeof row?.[0] === 'string' ? row[0] : undefined;

export const principalOfAccessKey = (file: KeyStateFile, accessKeyId: string): string | undefined =>
  principalId(file.first('SELECT principal_id FROM access_keys WHERE access_key_id=?', accessKeyId));

export const principalOfToken = (file: KeyStateFile, hash: string): string | undefined =>
  principalId(file.first('SELECT principal_id FROM tokens WHERE hash=?', hash));

export function writeAccount(file: KeyStateFile, state: AccountState, revision: number): void {
  const text = body({ state, revision });
  file.run(
    'INSERT OR REPLACE INTO accounts VALUES (?,?,?,?)',
    state.account,
    revision,
    text,
    file.mac('accounts', state.account, text),
  );
}

export const readAccount = (file: KeyStateFile, account: string): Versioned<AccountState> | undefined =>
  open<AccountState>(file, 'accounts', account, file.first('SELECT body, mac FROM accounts WHERE account=?', account));

export function writeUses(file: KeyStateFile, stream: string, state: UsesState, revision: number): void {
  const text = body({ state, revision });
  file.run('INSERT OR REPLACE INTO uses VALUES (?,?,?,?)', stream, revision, text, file.mac('uses', stream, text));
}

export const readUses = (file: KeyStateFile, stream: string): Versioned<UsesState> | undefined =>
  open<UsesState>(file, 'uses', stream, file.first('SELECT body, mac FROM uses WHERE stream=?', stream));
