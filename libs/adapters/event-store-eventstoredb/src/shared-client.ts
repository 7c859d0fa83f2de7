import { UnaryClient } from './client.js';
import { parseConnection } from './connection-string.js';

interface Shared {
  readonly client: UnaryClient;
  users: number;
}

/** One connection per server for the whole process, however many stores, namespaces and journals use it. */
const shared = new Map<string, Shared>();

export interface Lease {
  readonly client: UnaryClient;
  /** The last one to release closes the connection. Idempotent. */
  release(): Promise<void>;
}

/** @throws InvalidConnectionString, or what reading a certificate says */
export function leaseClient(connection: string): Lease {
  const known = shared.get(connection) ?? { client: new UnaryClient(parseConnection(connection)), users: 0 };
  shared.set(connection, known);
  known.users += 1;
  let released = false;
  return {
    client: known.client,
    release: async () => {
      if (released) return;
      released = true;
      known.users -= 1;
      if (known.users > 0) return;
      shared.delete(connection);
      await known.client.close();
    },
  };
}
