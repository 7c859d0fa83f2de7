import { existsSync } from 'node:fs';
import { ListKeysCommand } from '@aws-sdk/client-kms';
import { startTestServer, TestServer } from './server.js';

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('the harness around the built server', () => {
  it('starts it ready to be used, with its log entry by entry, and leaves neither process nor folder', async () => {
    const server = await startTestServer();
    const { pid, folder } = server;
    try {
      expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
      await expect(server.kmsClient().send(new ListKeysCommand({}))).resolves.toMatchObject({ Keys: [] });
      expect((await server.admin('GET', '/api/v1/status')).status).toBe(200);
      expect(server.logs.find(({ message }) => message === 'listening')).toMatchObject({
        level: 'info',
        url: server.url,
      });
      expect(server.output).not.toContain(server.credentials.secretAccessKey);
    } finally {
      await server.dispose();
    }
    expect(alive(pid)).toBe(false);
    expect(existsSync(folder)).toBe(false);
  }, 60_000);

  it('restarts it on the same folder and port after a stop and after a kill', async () => {
    await using server = await startTestServer();
    const { url, pid } = server;
    await server.stop();
    expect(server.running).toBe(false);
    await server.restart();
    expect(server.url).toBe(url);
    expect(server.pid).not.toBe(pid);
    await server.kill();
    await server.restart();
    await expect(server.kmsClient().send(new ListKeysCommand({}))).resolves.toMatchObject({ Keys: [] });
  }, 60_000);

  it('fails at once with what the server said when it ends instead of starting', async () => {
    const started = performance.now();
    await expect(startTestServer({ env: { CLAVIGER_ACCOUNT: 'twelve' } })).rejects.toThrow(
      /CLAVIGER_ACCOUNT: expected 12 digits/,
    );
    expect(performance.now() - started).toBeLessThan(20_000);
  }, 60_000);

  it('says when a stop does not end with 0', async () => {
    await using server = new TestServer();
    server.launch();
    // Too early for its signal handlers.
    await expect(server.stop()).rejects.toThrow(/expected exit code 0, found SIGTERM/);
  }, 60_000);
});
