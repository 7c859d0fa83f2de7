import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Asked, FakeService } from '../../../test/support/cli/fake-service.js';
import { cliRig } from '../../../test/support/cli/rig.js';
import { ID, KEY, TOKEN } from '../../../test/support/cli/samples.js';

const rig = cliRig();

describe('the command line', () => {
  it('sends token, Region and reason with every call, also when they stand behind the command', async () => {
    expect(
      await rig.claviger('key', 'rotate', 'alias/orders', '--reason', 'Müller fragt', '--region', 'eu-central-1'),
    ).toBe(0);
    const [{ headers, url, body, method } = {} as Asked] = rig.service.asked;
    expect([method, url]).toEqual(['POST', '/api/v1/keys/alias%2Forders/rotate?region=eu-central-1']);
    expect(headers).toMatchObject({ authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' });
    expect(Buffer.from(String(headers['x-claviger-reason']), 'latin1').toString('utf8')).toBe('Müller fragt');
    expect([body, rig.io.stdout]).toEqual([{}, `${ID}: version 2 is active now.\n`]);
  });

  it('answers with JSON when it is asked to', async () => {
    expect(await rig.claviger('--json', 'key', 'disable', ID)).toBe(0);
    expect(JSON.parse(rig.io.stdout)).toEqual(KEY);
  });

  it.each([
    [['nonsense'], /unknown command 'nonsense'/],
    [['key'], /Usage: claviger key/],
    [['key', 'show'], /missing required argument 'key'/],
    [['key', 'list', '--color', 'red'], /unknown option '--color'/],
    [['key', 'list', '--limit', '0'], /--limit must be a whole number from 1 to 500; found "0"/],
    [['key', 'list', '--state', 'off'], /--state must be one of Enabled, Disabled/],
    [['key', 'create', '--tag', 'novalue'], /--tag must be like name=value/],
    [['key', 'show', '..'], /A key is named by its id/],
    [['key', 'show', ID, '--at', 'someday'], /--at must be a time like/],
    [['audit', 'search', '--since', '1h', '--until', '2h'], /--until must be later than --since/],
    [['operator', 'accept', '--report', 'x'], /--reason is needed here/],
    [['rebuild', 'everything'], /Allowed choices are key-state, audit-view/],
    [['status', '--url', 'localhost:7070'], /address of the service must be like/],
    [['status', '--url', 'http://a:b@localhost'], /no place for credentials/],
    [['status', '--token-file', '/nowhere/token'], /cannot be read \(ENOENT\)/],
  ])('ends with 2 and asks nothing when it cannot be understood: %j', async (args, message) => {
    expect(await rig.claviger(...args)).toBe(2);
    expect([rig.io.stdout, rig.service.asked]).toEqual(['', []]);
    expect(rig.io.stderr).toMatch(message);
  });

  it('refuses a token among its arguments, and says why', async () => {
    expect(await rig.claviger('status', '--token', TOKEN)).toBe(2);
    expect(rig.io.stderr).toMatch(/can be seen by every user of the machine/);
  });

  it('needs a token, from the environment or a file: the token alone, or the credentials of the first start', async () => {
    rig.io.env['CLAVIGER_TOKEN'] = ' ';
    expect(await rig.claviger('status')).toBe(2);
    expect(rig.io.stderr).toMatch(/No token: set CLAVIGER_TOKEN/);
    const folder = mkdtempSync(join(tmpdir(), 'claviger-cli-'));
    try {
      for (const text of [`${TOKEN}\n`, JSON.stringify({ accessKeyId: 'AKIA', token: TOKEN })]) {
        writeFileSync(join(folder, 'token'), text);
        expect(await rig.claviger('key', 'disable', ID, '--token-file', join(folder, 'token'))).toBe(0);
      }
      expect(rig.service.asked.map(({ headers }) => headers.authorization)).toEqual([
        `Bearer ${TOKEN}`,
        `Bearer ${TOKEN}`,
      ]);
      for (const text of ['{"accessKeyId":"AKIA"}', '{broken', `${TOKEN}\n${TOKEN}`]) {
        writeFileSync(join(folder, 'token'), text);
        expect(await rig.claviger('status', '--token-file', join(folder, 'token'))).toBe(2);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('shows help with examples, and ends with 0', async () => {
    expect(await rig.claviger('audit', 'search', '--help')).toBe(0);
    expect(rig.io.stdout).toMatch(
      /\$ claviger audit search --key alias\/orders --operation Decrypt --since "tuesday 03:00" --until 04:00/,
    );
    expect(rig.io.stdout).not.toMatch(/--token </);
  });
});

describe('a refusal of the service', () => {
  it.each([
    [409, { detail: 'The key is disabled.', title: 'Disabled' }, 'claviger: The key is disabled.\n'],
    [401, { detail: 'A valid bearer token is required.' }, /Is CLAVIGER_TOKEN the token of a principal/],
    [
      503,
      { detail: 'The HSM is unavailable.', requestId: 'r-1' },
      'claviger: The HSM is unavailable. Request id: r-1.\n',
    ],
    [502, '<html>', /HTTP status 502 and no explanation/],
    [400, { detail: 'a\u001b[2Jb' }, 'claviger: a\\u001b[2Jb\n'],
  ])('with %i is a sentence, and exit code 1', async (status, body, message) => {
    rig.reply = () => ({
      status,
      body,
      headers: { 'content-type': typeof body === 'string' ? 'text/html' : 'application/problem+json' },
    });
    expect(await rig.claviger('key', 'enable', ID)).toBe(1);
    expect(rig.io.stdout).toBe('');
    if (typeof message === 'string') expect(rig.io.stderr).toBe(message);
    else expect(rig.io.stderr).toMatch(message);
  });

  it('is given as it is to programs', async () => {
    const problem = { type: 'urn:claviger:error:Disabled', status: 409, detail: 'The key is disabled.' };
    rig.reply = () => ({ status: 409, body: problem });
    expect(await rig.claviger('key', 'enable', ID, '--json')).toBe(1);
    expect(JSON.parse(rig.io.stderr)).toEqual(problem);
  });

  it('says what to do when nothing listens, or somebody else does', async () => {
    const gone = await FakeService.start(() => ({}));
    const { url } = gone;
    await gone.stop();
    expect(await rig.claviger('status', '--url', url)).toBe(1);
    expect(rig.io.stderr).toContain(`claviger: Nothing listens at ${url}. Start the service (npm start)`);
    rig.reply = () => ({ body: '<html>', headers: { 'content-type': 'text/html' } });
    expect(await rig.claviger('status')).toBe(1);
    expect(rig.io.stderr).toMatch(/something else than JSON/);
  });

  it('does not follow to another address with the token', async () => {
    rig.reply = () => ({ status: 302, headers: { location: `${rig.service.url}/elsewhere` } });
    expect(await rig.claviger('status')).toBe(1);
    expect(rig.service.asked).toHaveLength(1);
  });

  it('warns before a token goes over an unencrypted line', async () => {
    await rig.claviger('status', '--url', 'http://claviger.invalid:7070');
    expect(rig.io.stderr).toMatch(/warning: http:\/\/claviger\.invalid:7070 is not encrypted/);
    expect(rig.io.stderr).toMatch(/cannot be resolved/);
    rig.io.stderr = '';
    await rig.claviger('status', '--url', 'http://127.0.0.1.evil.invalid');
    expect(rig.io.stderr).toMatch(/warning/);
  });
});
