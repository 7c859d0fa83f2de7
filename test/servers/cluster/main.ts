import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pinnedNode, repositoryRoot } from '@claviger/testing';
import { TestCluster } from './cluster.js';
import type { ClusterNode } from './cluster-node.js';
import { missingPackages } from './found.js';
import { Front } from './front.js';
import { givenSecrets, Refused, settingsOf, USAGE, type Wanted } from './wanted.js';
import { welcome } from './welcome.js';

/*
 * What `npm run cluster` runs (scripts/cluster.mjs): servers, nodes and a front, until it is told to end. Ends with 0, or with the exit code
 * of the demo.
 */

const LOOK_EVERY_MS = 1_000;

type Part = Pick<ClusterNode, 'name' | 'pid' | 'restart'>;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Somebody wants it to end: by a signal, or because whoever started it is gone. */
const end = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => end.abort());
process.once('disconnect', () => end.abort());
const ending = new Promise<void>((resolve) => end.signal.addEventListener('abort', () => resolve()));

try {
  const wanted = settingsOf(process.argv.slice(2));
  if (wanted === 'help') say(USAGE);
  else process.exitCode = await serve(wanted);
} catch (error) {
  // A refusal says all that there is to say; anything else is told with the end of somebody's log.
  process.stderr.write(`cluster: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof Refused ? 2 : 1;
}
// The channel to the parent would keep this process alive.
if (process.connected) process.disconnect?.();

async function serve(wanted: Wanted): Promise<number> {
  const missing = missingPackages();
  if (missing.length > 0) {
    throw new Refused(`it needs servers that are not installed here: sudo apt-get install ${missing.join(' ')}`);
  }
  const secrets = givenSecrets(process.env);
  const front = await listen(wanted.port);
  try {
    say('Starting servers and nodes …');
    const { api, workers, folder } = wanted;
    const { signal } = end;
    const options = { api, workers, cables: false, signal, ...secrets, ...(folder !== undefined && { folder }) };
    const cluster = await TestCluster.start(options).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (cluster === undefined) {
      say('Ended before it was up.');
      return 0;
    }
    try {
      front.serve(cluster);
      say(welcome(cluster, front, { secretsGiven: secrets.credentials !== undefined, kept: folder !== undefined }));
      const code = await Promise.race([
        wanted.demo ? demo(cluster, front) : keepRunning(cluster),
        ending.then(() => 0),
      ]);
      say('Ending workers, api nodes, the admin node, then the servers …');
      await cluster.stop();
      say('Everything has ended.');
      return code;
    } finally {
      await cluster.dispose();
    }
  } finally {
    await front.close();
  }
}

async function listen(port: number): Promise<Front> {
  try {
    return await Front.listen(port);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Refused(`port ${port} cannot be listened on (${code}): --port names another`);
  }
}

/** What somebody has killed is started again, as a process manager would. Resolves when it shall end. */
async function keepRunning(cluster: TestCluster): Promise<number> {
  const { signal } = end;
  while (!signal.aborted) {
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    for (const part of [...cluster.servers, ...cluster.nodes]) {
      if (signal.aborted) break;
      if (!part.running) await startAgain(part);
    }
  }
  return 0;
}

async function startAgain(part: Part): Promise<void> {
  say(`${part.name} has ended; it is started again`);
  try {
    await part.restart();
    say(`${part.name} runs again, pid ${part.pid}`);
  } catch (error) {
    if (!end.signal.aborted) say(`${part.name} does not come up: ${String(error)}`);
  }
}

/** The demo of the single server, as it is, on this one. */
function demo(cluster: TestCluster, front: Front): Promise<number> {
  const root = repositoryRoot();
  const child = spawn(pinnedNode(root), [join(root, 'tools', 'demo', 'demo.mjs')], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      CLAVIGER_URL: front.url,
      CLAVIGER_TOKEN: cluster.token,
      AWS_ACCESS_KEY_ID: cluster.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: cluster.credentials.secretAccessKey,
      AWS_DEFAULT_REGION: cluster.region,
    },
  });
  void ending.then(() => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
