import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { TestServer } from '@claviger/testing';
import { chmodSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Starts it as it is and answers how it ended, with its log. */
async function refusal(server: TestServer, env: Record<string, string> = {}): Promise<string> {
  server.launch(env);
  const { code } = await server.exited;
  expect(code).toBe(1);
  return server.output;
}

describe('the first start', () => {
  it('without given credentials writes them to a file of mode 0600, and they work', async () => {
    await using server = new TestServer({ bootstrap: false });
    await server.start();
    const file = join(server.folder, 'seal', 'first-credentials.json');
    expect(statSync(join(server.folder, 'seal', 'root.key')).mode & 0o777).toBe(0o600);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { accessKeyId, secretAccessKey, token, region } = JSON.parse(readFileSync(file, 'utf8')) as Record<
      string,
      string
    >;
    expect(server.output).toContain(file);
    expect(server.output).not.toContain(secretAccessKey);
    const kms = new KMSClient({
      endpoint: server.url,
      region,
      credentials: { accessKeyId: accessKeyId ?? '', secretAccessKey: secretAccessKey ?? '' },
    });
    await kms.send(new CreateKeyCommand({}));
    kms.destroy();
    const status = await fetch(`${server.url}/api/v1/status`, { headers: { authorization: `Bearer ${token}` } });
    expect(status.status).toBe(200);
  }, 60_000);

  it('refuses data without its key file, and never makes a new one', async () => {
    await using server = new TestServer();
    await server.start();
    await server.stop();
    rmSync(join(server.folder, 'seal', 'root.key'));
    expect(await refusal(server)).toContain('never made anew');
    expect(existsSync(join(server.folder, 'seal', 'root.key'))).toBe(false);
  }, 60_000);

  it('refuses a key file that others can read', async () => {
    await using server = new TestServer();
    await server.start();
    await server.stop();
    chmodSync(join(server.folder, 'seal', 'root.key'), 0o644);
    expect(await refusal(server)).toContain('root.key');
  }, 60_000);

  it('refuses a key file inside the data folder', async () => {
    await using server = new TestServer();
    const inside = join(server.folder, 'data', 'root.key');
    expect(await refusal(server, { CLAVIGER_SEAL_KEYFILE: inside })).toContain('CLAVIGER_SEAL_KEYFILE');
  }, 60_000);

  it('names a setting that it does not know', async () => {
    await using server = new TestServer();
    expect(await refusal(server, { CLAVIGER_DATTA: '/tmp/x' })).toContain('CLAVIGER_DATTA');
  }, 60_000);

  it('uses given credentials at the first start only, and says so later', async () => {
    await using server = new TestServer();
    await server.start();
    await server.stop();
    await server.start({
      CLAVIGER_BOOTSTRAP_ACCESS_KEY_ID: 'AKIAOTHEROTHEROTHER1',
      CLAVIGER_BOOTSTRAP_SECRET_ACCESS_KEY: 'x'.repeat(40),
    });
    expect(server.output).toContain('ignored');
    expect(server.output).not.toContain('x'.repeat(40));
    await server.kmsClient().send(new CreateKeyCommand({}));
    const stranger = new KMSClient({
      endpoint: server.url,
      region: server.region,
      maxAttempts: 1,
      credentials: { accessKeyId: 'AKIAOTHEROTHEROTHER1', secretAccessKey: 'x'.repeat(40) },
    });
    await expect(stranger.send(new CreateKeyCommand({}))).rejects.toThrow(/security token/);
    stranger.destroy();
  }, 60_000);

  it('never prints or stores a given secret in clear', async () => {
    await using server = new TestServer();
    await server.start();
    await server.kmsClient().send(new CreateKeyCommand({}));
    await server.stop();
    expect(server.output).not.toContain(server.credentials.secretAccessKey);
    expect(server.output).not.toContain(server.token);
    for (const file of ['events.db', 'sealed.db', 'state.db', 'audit.db', 'usage.db']) {
      const bytes = readFileSync(join(server.folder, 'data', file));
      expect(bytes.includes(server.credentials.secretAccessKey)).toBe(false);
      expect(bytes.includes(server.token)).toBe(false);
    }
  }, 60_000);
});
