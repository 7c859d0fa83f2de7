import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pinnedNode, repositoryRoot, type TestServer } from '@claviger/testing';

export interface Verdict {
  readonly code: number | null;
  readonly text: string;
}

/** `claviger audit verify` over the server's folders, as an auditor runs it. Reads only. */
export function verifyJournal(server: TestServer): Promise<Verdict> {
  const root = repositoryRoot();
  const { PATH = '' } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(pinnedNode(root), [join(root, 'scripts', 'claviger.mjs'), 'audit', 'verify'], {
      cwd: server.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH,
        CLAVIGER_DATA: server.data,
        CLAVIGER_SEAL_KEYFILE: join(server.folder, 'seal', 'root.key'),
        CLAVIGER_ANCHOR: join(server.folder, 'anchor'),
      },
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => (text += part));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, text }));
  });
}
