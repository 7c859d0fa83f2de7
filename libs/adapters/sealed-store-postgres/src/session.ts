import { SealedStoreUnavailable } from '@claviger/ports';
import type { ClientBase } from 'pg';
import { limitsOf, placeOf, type PostgresSealedStoreOptions } from './options.js';

interface Facts {
  readonly standby: boolean;
  readonly fsync: string;
}

/**
 * Sets for one connection what the store's promises rest on, whatever database, role or environment have set. By `set_config` and not
 * in the start-up message, which connection poolers refuse.
 *
 * @throws SealedStoreUnavailable for a standby (it may still show what was destroyed) and for a server that does not sync
 */
export async function prepareSession(client: ClientBase, options: PostgresSealedStoreOptions): Promise<void> {
  const { statementWithinMs } = limitsOf(options);
  const { rows } = await client.query<Facts>(
    `SELECT pg_is_in_recovery() AS standby, current_setting('fsync') AS fsync,
       set_config('statement_timeout', $1, false),
       set_config('lock_timeout', $1, false),
       set_config('idle_in_transaction_session_timeout', $1, false),
       set_config('default_transaction_isolation', 'read committed', false),
       set_config('search_path', 'pg_catalog', false),
       set_config('synchronous_commit',
         CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END,
         false)`,
    [String(statementWithinMs)],
  );
  const [facts] = rows;
  if (facts?.standby !== false)
    throw new SealedStoreUnavailable('io', `${placeOf(options)}: expected the primary server, found a standby`);
  if (facts.fsync !== 'on')
    throw new SealedStoreUnavailable('io', `${placeOf(options)}: expected fsync on, found ${facts.fsync}`);
}
