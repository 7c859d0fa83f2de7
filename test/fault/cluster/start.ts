import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { repositoryRoot } from '@claviger/testing';
import { TestCluster } from '../../servers/cluster/cluster.js';
import { findSoftHsm } from '../../servers/softhsm/find.js';
import { PrivateToken } from '../../servers/softhsm/token.js';

/** The cluster of the fault runs. */
export interface Started {
  readonly cluster: TestCluster;
  /** Undefined where SoftHSM is not installed. */
  readonly token: PrivateToken | undefined;
}

/** The api node that keeps its journal on its own disk and ships it; the other one's calls wait for the event store. */
export const LOCAL_JOURNAL = 'api-2';

/** 2 api nodes, an admin node, 2 workers whose calendar is ahead (ahead.mjs), and a token that all of them share. */
export async function startCluster(): Promise<Started> {
  const token = findSoftHsm() === undefined ? undefined : await PrivateToken.start({ here: false });
  try {
    const cluster = await TestCluster.start({
      api: 2,
      workers: 2,
      env: (name, role) => ({
        ...(token !== undefined && settingsOf(token)),
        ...(name === LOCAL_JOURNAL && { CLAVIGER_JOURNAL: 'local' }),
        ...(role === 'worker' && { NODE_OPTIONS: `--import=${ahead()}` }),
      }),
    });
    return { cluster, token };
  } catch (error) {
    await token?.stop();
    throw error;
  }
}

const ahead = (): string => pathToFileURL(join(repositoryRoot(), 'test', 'fault', 'cluster', 'ahead.mjs')).href;

const settingsOf = (token: PrivateToken): Record<string, string> => ({
  ...token.environment,
  CLAVIGER_PKCS11_MODULE: token.modulePath,
  CLAVIGER_PKCS11_TOKEN: token.label,
  CLAVIGER_PKCS11_PIN_FILE: token.pinFile,
});
