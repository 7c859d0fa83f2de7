import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The service that the environment names, or one of our own that ends with the demo. */
export async function service(say) {
  const { CLAVIGER_URL: url, CLAVIGER_TOKEN: token = '' } = process.env;
  const region = process.env.AWS_DEFAULT_REGION ?? process.env.AWS_REGION ?? 'us-east-1';
  if (url !== undefined) {
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = process.env;
    say(`The service at ${url} is used.`);
    return { url, region, token, credentials: { accessKeyId, secretAccessKey }, stop: async () => {} };
  }
  return startOwn(say);
}

async function startOwn(say) {
  const folder = mkdtempSync(join(tmpdir(), 'claviger-demo-'));
  const credentials = {
    accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  };
  const token = randomBytes(32).toString('base64url');
  const child = spawn('sh', [join(root, 'scripts', 'start.sh')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      CLAVIGER_DATA: join(folder, 'data'),
      CLAVIGER_SEAL_KEYFILE: join(folder, 'seal', 'root.key'),
      CLAVIGER_ANCHOR: join(folder, 'anchor'),
      CLAVIGER_PORT: '0',
      CLAVIGER_BOOTSTRAP_ACCESS_KEY_ID: credentials.accessKeyId,
      CLAVIGER_BOOTSTRAP_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      CLAVIGER_BOOTSTRAP_TOKEN: token,
    },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = await listening(child, ended);
  say(`A service of its own runs at ${url}, with its data in ${folder}.`);
  return {
    url,
    token,
    credentials,
    region: 'us-east-1',
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves with the address that the log names; rejects with the log when the service ends first. */
function listening(child, ended) {
  return new Promise((resolve, reject) => {
    let log = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text) => {
      log += text;
      for (const line of log.split('\n')) {
        if (!line.includes('"listening"')) continue;
        resolve(JSON.parse(line).url);
        log = '';
        return;
      }
    });
    ended.then((code) => reject(new Error(`the service ended with ${code}:\n${log}`)));
  });
}
