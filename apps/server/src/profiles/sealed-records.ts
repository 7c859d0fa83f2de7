import { migratePostgresSealedStore, openPostgresSealedStore } from '@claviger/adapters/sealed-store-postgres';
import type { ClusterSettings, Logger } from '@claviger/platform';
import { SEALED_KINDS } from '@claviger/ports';
import { postgresOf } from './servers.js';

/** Has any node sealed anything in the store that all of them share? @throws SealedStoreUnavailable, ServerAddressInvalid */
export async function sealedRecordsOf(cluster: ClusterSettings, logger: Logger): Promise<boolean> {
  const postgres = postgresOf(cluster.postgres, logger);
  await migratePostgresSealedStore(postgres);
  const store = await openPostgresSealedStore(postgres);
  try {
    for (const kind of SEALED_KINDS) if ((await store.list(kind, '', 1)).length > 0) return true;
    return false;
  } finally {
    await store.close();
  }
}
