import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { CreateKeyCommand, DescribeKeyCommand, paginateListKeys } from '@aws-sdk/client-kms';
import { repositoryRoot, startTestServer, TestServer } from '@claviger/testing';
import { sendRaw } from '../servers/raw-http.js';

const SLOW_CALLS = 8;

describe('stopping and starting', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  }, 60_000);
  // One test's failure is not the next one's.
  beforeEach(async () => {
    if (!server.running) await server.restart();
  }, 60_000);
  afterAll(() => server.dispose());

  it('answers what runs when SIGTERM comes, takes nothing new, and ends with 0', async () => {
    const kms = server.kmsClient();
    await kms.send(new CreateKeyCommand({}));
    // Slow enough that most of them are under way when the signal comes.
    const running = Array.from({ length: SLOW_CALLS }, () =>
      kms.send(new CreateKeyCommand({ KeySpec: 'RSA_3072', KeyUsage: 'SIGN_VERIFY' })),
    );
    // All were sent at once: when the first is answered, the others are in.
    await Promise.race(running);
    const stopped = server.stop();
    const made = await Promise.all(running);
    await stopped;
    await expect(fetch(`${server.url}/health/live`)).rejects.toThrow();

    await server.restart();
    const again = server.kmsClient();
    for (const { KeyMetadata } of made) {
      const found = await again.send(new DescribeKeyCommand({ KeyId: KeyMetadata?.KeyId }));
      expect(found.KeyMetadata?.KeyState).toBe('Enabled');
    }
  }, 60_000);

  it('refuses a second process on the same data folder, which names the holder and leaves it alone', async () => {
    const { folder, credentials, token } = server;
    await using second = new TestServer({ folder, credentials, token });
    second.launch();
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.output).toContain(`process ${server.pid} on `);
    const keys: string[] = [];
    for await (const page of paginateListKeys({ client: server.kmsClient() }, {}))
      keys.push(...(page.Keys ?? []).map(String));
    expect(keys.length).toBe(SLOW_CALLS + 1);
  }, 60_000);

  it('starts again at once after kill -9, without anybody taking a lock away', async () => {
    await server.kill();
    await server.restart();
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
  }, 60_000);

  it('ends with 0 and leaves no process behind when SIGTERM goes to npm start', async () => {
    await server.stop();
    const npm = spawn('npm', ['start', '--silent'], {
      cwd: repositoryRoot(),
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: server.folder,
        CLAVIGER_DATA: server.data,
        CLAVIGER_SEAL_KEYFILE: `${server.folder}/seal/root.key`,
        CLAVIGER_ANCHOR: `${server.folder}/anchor`,
        CLAVIGER_PORT: '0',
      },
    });
    let output = '';
    const listening = new Promise<void>((resolve) => {
      npm.stderr.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes('"listening"')) resolve();
      });
    });
    const exited = new Promise((resolve) => npm.once('exit', (code, signal) => resolve(signal ?? code)));
    await Promise.race([listening, exited]);
    expect(output).toContain('"listening"');
    expect(processesNaming(server.data).length).toBeGreaterThan(0);
    npm.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(processesNaming(server.data)).toEqual([]);
  }, 60_000);

  it('ends with 0 though clients hang that never finish their requests', async () => {
    await using other = await startTestServer();
    const enough = new AbortController();
    const begun = [
      'GET /health/live HTTP/1.1\r\nhost: x\r\nx-a: ',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{',
    ];
    const hanging = begun.map((text) => sendRaw(other.url, [text], { signal: enough.signal }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await other.stop();
    enough.abort();
    await Promise.all(hanging);
  }, 60_000);
});

/** Process ids whose environment names this folder; empty where the system does not tell. */
function processesNaming(folder: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, 'utf8').includes(`CLAVIGER_DATA=${folder}\0`);
    } catch {
      return false;
    }
  });
}
