// A cluster on this machine, for trying out: `npm run cluster -- --help`. It runs in a process group of its own, so that
// Ctrl-C reaches this process alone, which has everything ended in order; and what is left of the group when its head is
// gone, however that ended, is ended too.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pinnedNode, root } from './paths.mjs';

/** npm passes on what a terminal has sent already: only a signal that comes later is a second one. */
const impatientAfterMs = 2_000;

const run = [join(root, 'test', 'servers', 'run.mjs'), 'servers/cluster/main', ...process.argv.slice(2)];
// The channel tells the cluster when this process is gone.
const stdio = ['ignore', 'inherit', 'inherit', 'ipc'];
const cluster = spawn(pinnedNode(), run, { cwd: root, stdio, detached: true });

function endGroup() {
  try {
    process.kill(-cluster.pid, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}

let askedAt;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (askedAt === undefined) {
      askedAt = performance.now();
      cluster.kill('SIGTERM');
    } else if (performance.now() - askedAt > impatientAfterMs) {
      endGroup();
    }
  });
}
cluster.on('error', (error) => {
  process.stderr.write(`cluster: ${error.message}\n`);
  process.exitCode = 1;
});
cluster.on('exit', (code) => {
  endGroup();
  process.exitCode = code ?? 1;
});
