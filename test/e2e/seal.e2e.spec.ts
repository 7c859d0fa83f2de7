import { CreateKeyCommand, DecryptCommand, EncryptCommand, ListKeysCommand } from '@aws-sdk/client-kms';
import { builtTestCode, repositoryRoot, TestServer } from '@claviger/testing';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OPERATOR, SealedServer } from '../servers/sealed-server.js';
import { findSoftHsm, SOFTHSM_REASON } from '../servers/softhsm/find.js';
import { PrivateToken } from '../servers/softhsm/token.js';
import { requireExternal } from '../support/external.js';

const TOKEN_OF_NOBODY = 'clv_a-token-that-nobody-was-given';
const PASSPHRASE = 'correct horse battery staple';

interface ShareProgress {
  readonly set: string;
  readonly given: readonly number[];
  readonly missing: number;
}
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Another character where the share's value is: the checksum of a mistyped share tells it. */
const mistyped = (share: string): string => share.replace(/.$/, (last) => (last === '0' ? '1' : '0'));

async function aKey({
  server,
}: SealedServer): Promise<{ readonly KeyId: string; readonly CiphertextBlob: Uint8Array }> {
  const { KeyMetadata } = await server.kmsClient().send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata?.KeyId ?? '';
  const { CiphertextBlob } = await server.kmsClient().send(new EncryptCommand({ KeyId, Plaintext: text('before') }));
  return { KeyId, CiphertextBlob: CiphertextBlob ?? new Uint8Array() };
}

async function decrypts({ server }: SealedServer, CiphertextBlob: Uint8Array): Promise<boolean> {
  const { Plaintext } = await server.kmsClient().send(new DecryptCommand({ CiphertextBlob }));
  return Buffer.from(Plaintext ?? []).toString() === 'before';
}

describe('a service whose root key is under 3 of 5 shares', () => {
  it('makes it once, hands out the shares once, and is opened by three operators who go on record', async () => {
    await using sealed = new SealedServer('shares');
    await sealed.launch();
    const { server } = sealed;
    // 1. Not initialised: it says so, and nothing else works.
    const ready = await sealed.call('GET', '/health/ready');
    expect([ready.status, ready.body]).toEqual([
      503,
      { status: 'not ready', reasons: ['not initialised: run `claviger operator init`'] },
    ]);
    expect((await sealed.call('GET', '/health/live')).status).toBe(200);
    expect((await sealed.unseal({ share: 'x' })).body).toMatchObject({ status: 409 });
    expect((await sealed.call('POST', `${OPERATOR}/init`, { body: { shares: 5, threshold: 6 } })).status).toBe(400);
    expect((await sealed.call('POST', `${OPERATOR}/init`, { body: { passphrase: PASSPHRASE } })).status).toBe(400);
    expect(existsSync(sealed.sealFile)).toBe(false);

    // 2. Once.
    const shares = await sealed.initialise({ shares: 5, threshold: 3 });
    expect(shares).toHaveLength(5);
    const again = await sealed.call('POST', `${OPERATOR}/init`, { body: { shares: 5, threshold: 3 } });
    expect([again.status, again.body['type']]).toEqual([409, 'urn:claviger:error:AlreadyExists']);
    expect(statSync(sealed.sealFile).mode & 0o777).toBe(0o600);

    // 3. Sealed: refused, in every protocol's own form.
    expect((await sealed.call('GET', '/health/ready')).body['reasons']).toEqual(['sealed']);
    expect((await sealed.call('GET', '/metrics')).body['text']).toContain('claviger_sealed 1');
    await expect(server.kmsClient().send(new ListKeysCommand({}))).rejects.toMatchObject({
      name: 'KeyUnavailableException',
      $metadata: { httpStatusCode: 500 },
    });
    for (const [method, path] of [
      ['GET', '/api/v1/keys'],
      ['GET', '/api/v1/status'],
      ['POST', `${OPERATOR}/seal`],
      ['POST', `${OPERATOR}/rotate-root`],
      ['GET', '/anything'],
    ] as const) {
      const refused = await sealed.call(method, path, { token: server.token });
      expect([path, refused.status, refused.body['detail']]).toEqual([path, 503, expect.stringContaining('sealed')]);
      expect(refused.headers['content-type']).toContain('application/problem+json');
    }

    // 4. Shares that are none, of another set, twice: each is named, and loses nothing.
    await using foreign = new SealedServer('shares');
    await foreign.launch();
    const [stranger = ''] = await foreign.initialise({ shares: 5, threshold: 3 });
    const [one = '', two = '', three = ''] = shares;
    const first = await sealed.unseal({ share: one }, { from: '127.0.0.2', token: server.token });
    const { set } = first.body['shares'] as ShareProgress;
    expect(first.body).toMatchObject({ kind: 'shares', state: 'sealed', shares: { given: [1], missing: 2 } });
    expect((await sealed.unseal({ share: mistyped(two) }, { from: '127.0.0.3' })).body).toMatchObject({
      status: 400,
      reason: 'unreadable-share',
      share: { set, index: 2 },
    });
    expect((await sealed.unseal({ share: stranger }, { from: '127.0.0.5' })).body).toMatchObject({
      status: 400,
      reason: 'other-set',
      share: { index: 1 },
    });
    expect((await sealed.unseal({ share: one }, { from: '127.0.0.2' })).body).toMatchObject({ reason: 'given-twice' });

    // 5. Two are not enough; the third opens it.
    const second = await sealed.unseal({ share: two }, { from: '127.0.0.3', token: TOKEN_OF_NOBODY });
    expect(second.body).toMatchObject({ state: 'sealed', shares: { given: [1, 2], missing: 1 } });
    expect((await sealed.call('GET', '/health/ready')).status).toBe(503);
    expect((await sealed.unseal({ share: three }, { from: '127.0.0.4' })).body).toMatchObject({ state: 'starting' });
    await sealed.listening();
    expect((await sealed.call('GET', '/health/ready')).status).toBe(200);
    expect((await sealed.call('GET', '/metrics')).body['text']).toContain('claviger_sealed 0');
    const { CiphertextBlob } = await aKey(sealed);

    // 6. On record: who gave which share, and who tried.
    expect(
      (await sealed.audit('Unseal')).map(({ result, principalName, source, extra }) => [
        result,
        principalName,
        source,
        extra['share'],
        extra['refused'],
      ]),
    ).toEqual([
      ['success', 'administrator', '127.0.0.2', 1, undefined],
      ['failure', 'unauthenticated', '127.0.0.3', 2, 'unreadable-share'],
      ['failure', 'unauthenticated', '127.0.0.5', 1, 'other-set'],
      ['failure', 'unauthenticated', '127.0.0.2', 1, 'given-twice'],
      ['success', 'unauthenticated', '127.0.0.3', 2, undefined],
      ['success', 'unauthenticated', '127.0.0.4', 3, undefined],
    ]);
    expect(await sealed.audit('InitSeal')).toHaveLength(1);

    // 7. Open, it knows its callers, and cannot be made anew.
    expect((await sealed.call('GET', `${OPERATOR}/seal`)).status).toBe(401);
    expect((await server.admin('GET', `${OPERATOR}/seal`)).body).toMatchObject({ kind: 'shares', state: 'unsealed' });
    expect((await server.admin('POST', `${OPERATOR}/init`, { shares: 2, threshold: 2 })).status).toBe(409);
    expect((await server.admin('POST', `${OPERATOR}/unseal`, { share: one })).body).toMatchObject({
      state: 'unsealed',
    });

    // 8. Sealed by an operator, it ends with 0, and is sealed when it starts again, on the same port.
    const { url } = server;
    expect((await server.admin('POST', `${OPERATOR}/seal`)).status).toBe(202);
    expect((await server.exited).code).toBe(0);
    await sealed.launchAgain();
    expect(server.url).toBe(url);
    expect((await sealed.call('GET', '/health/ready')).body['reasons']).toEqual(['sealed']);
    await sealed.open(shares.slice(2));
    expect(await decrypts(sealed, CiphertextBlob)).toBe(true);
    expect(await sealed.audit('SealService')).toHaveLength(1);

    // 9. Nothing of what opens it was printed.
    for (const share of shares) expect(server.output).not.toContain(share.slice(-20));
    expect(server.output).not.toContain(server.token);
  }, 240_000);

  it('forgets shares, ends with 0 when it is stopped sealed, and refuses data without its seal file', async () => {
    await using sealed = new SealedServer('shares');
    await sealed.launch();
    const shares = await sealed.initialise({ shares: 3, threshold: 2 });
    await sealed.unseal({ share: shares[0] ?? '' });
    const forgotten = await sealed.call('POST', `${OPERATOR}/unseal/forget`);
    expect(forgotten.body).toMatchObject({ state: 'sealed', shares: { given: [], missing: 2 } });
    await sealed.server.stop();
    await sealed.launchAgain();
    await sealed.open(shares.slice(1));
    await sealed.server.stop();
    rmSync(sealed.sealFile);
    sealed.server.launch({ CLAVIGER_SEAL_FILE: sealed.sealFile });
    expect((await sealed.server.exited).code).toBe(1);
    expect(sealed.server.output).toContain('CLAVIGER_SEAL_FILE: expected the file that opens the data in');
    expect(existsSync(sealed.sealFile)).toBe(false);
  }, 240_000);

  it('refuses large and odd bodies, slows down who tries too often, and keeps nobody else out', async () => {
    await using sealed = new SealedServer('shares');
    await sealed.launch();
    const [one = '', two = ''] = await sealed.initialise({ shares: 2, threshold: 2 });
    const odd = ['', '[]', '{"share":1}', '{"share":""}', '{"share":"x","more":1}', '{', '{"__proto__":{"share":"x"}}'];
    for (const body of odd) {
      const refused = await sealed.call('POST', `${OPERATOR}/unseal`, { body });
      expect([body, refused.status]).toEqual([body, 400]);
    }
    // A page in an operator's browser, which cannot send JSON unasked but this.
    const page = await fetch(`${sealed.server.url}${OPERATOR}/unseal/forget`, {
      method: 'POST',
      headers: { origin: 'https://evil.example', 'content-type': 'text/plain' },
    });
    expect(page.status).toBe(400);
    const large = await sealed.unseal({ share: 'x'.repeat(100_000) });
    expect([large.status, large.body['title']]).toEqual([413, 'Content too large']);
    const attacker = { from: '127.0.0.9' };
    const answers = [];
    for (let n = 0; n < 7; n += 1) answers.push(await sealed.unseal({ share: mistyped(one) }, attacker));
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 429, 429]);
    expect(Number(answers.at(-1)?.headers['retry-after'])).toBeGreaterThan(0);
    // Whoever waits cannot make the others' shares go away either.
    expect((await sealed.call('POST', `${OPERATOR}/unseal/forget`, attacker)).status).toBe(429);
    await sealed.open([one, two]);
    const refused = (await sealed.audit('Unseal')).filter(({ result }) => result === 'failure');
    expect(refused.map(({ source }) => source)).toEqual(Array.from({ length: 5 }, () => '127.0.0.9'));
  }, 240_000);
});

describe('a service whose root key is under a passphrase', () => {
  it('is made and opened by it, names a wrong one, takes another, and refuses one that is too short', async () => {
    await using sealed = new SealedServer('passphrase');
    await sealed.launch();
    const short = await sealed.call('POST', `${OPERATOR}/init`, { body: { passphrase: 'short' } });
    expect([short.status, JSON.stringify(short.body)]).toEqual([400, expect.stringContaining('12 to 1024 bytes')]);
    await sealed.initialise({ passphrase: PASSPHRASE });
    await sealed.listening();
    const { server } = sealed;
    const { CiphertextBlob } = await aKey(sealed);
    const next = 'another horse, another battery';
    const wrong = await server.admin('POST', `${OPERATOR}/rekey/passphrase`, { present: 'no such passphrase', next });
    expect(wrong.body).toMatchObject({ status: 400, reason: 'wrong-passphrase' });
    const refused = await server.admin('POST', `${OPERATOR}/rekey/passphrase`, { present: PASSPHRASE, next: 17 });
    expect(JSON.stringify(refused.body)).not.toContain('17');
    expect((await server.admin('POST', `${OPERATOR}/rekey/passphrase`, { present: PASSPHRASE, next })).status).toBe(
      204,
    );
    await server.kill();
    await sealed.launchAgain();
    expect((await sealed.unseal({ passphrase: PASSPHRASE })).body).toMatchObject({
      status: 400,
      reason: 'wrong-passphrase',
    });
    expect((await sealed.unseal({ passphrase: next })).body).toMatchObject({ state: 'starting' });
    await sealed.listening();
    expect(await decrypts(sealed, CiphertextBlob)).toBe(true);
    expect(server.output).not.toContain('horse');
  }, 240_000);

  it('refuses what another root key has sealed, and leaves it as it is', async () => {
    await using sealed = new SealedServer('passphrase');
    await using other = new SealedServer('passphrase');
    for (const each of [sealed, other]) {
      await each.launch();
      await each.initialise({ passphrase: PASSPHRASE });
      await each.listening();
      await each.server.stop();
    }
    const before = readFileSync(join(sealed.server.data, 'sealed.db'));
    await sealed.launchAgain({ CLAVIGER_SEAL_FILE: other.sealFile });
    expect((await sealed.unseal({ passphrase: PASSPHRASE })).status).toBe(200);
    expect((await sealed.server.exited).code).toBe(1);
    expect(sealed.server.output).toContain(
      'CLAVIGER_SEAL_FILE: expected the root key that the sealed store was made with, found another',
    );
    expect(readFileSync(join(sealed.server.data, 'sealed.db')).equals(before)).toBe(true);
  }, 240_000);
});

requireExternal(
  'softhsm',
  findSoftHsm()?.version,
  SOFTHSM_REASON,
)('a service whose root key is under a token', () => {
  it('opens by itself where the token is, by a key that does not leave it, and is refused elsewhere', async () => {
    const token = await PrivateToken.start({ here: false });
    try {
      const env = {
        ...token.environment,
        CLAVIGER_SEAL: 'pkcs11',
        CLAVIGER_PKCS11_MODULE: token.modulePath,
        CLAVIGER_PKCS11_TOKEN: token.label,
        CLAVIGER_PKCS11_PIN_FILE: token.pinFile,
      };
      await using server = new TestServer({ env });
      const file = { CLAVIGER_SEAL_FILE: join(server.folder, 'seal', 'root.seal') };
      await server.start(file);
      const { KeyMetadata } = await server.kmsClient().send(new CreateKeyCommand({}));
      const encrypt = new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: text('before') });
      const { CiphertextBlob } = await server.kmsClient().send(encrypt);
      // The key of the seal is no customer's material.
      const { body } = await server.admin('GET', '/api/v1/doctor');
      expect(body).toMatchObject({ findings: [] });
      await server.kill();
      await server.restart(file);
      const { Plaintext } = await server.kmsClient().send(new DecryptCommand({ CiphertextBlob }));
      expect(Plaintext).toEqual(text('before'));
      expect((await server.admin('GET', `${OPERATOR}/seal`)).body).toMatchObject({ kind: 'pkcs11', state: 'unsealed' });
      await server.stop();
      // Another token of the same name has not the key; none at all is told as well.
      const seal = readFileSync(file.CLAVIGER_SEAL_FILE);
      token.empty();
      server.launch(file);
      expect((await server.exited).code).toBe(1);
      expect(server.output).toContain('found none (the file names the token');
      token.unplug();
      server.launch(file);
      expect((await server.exited).code).toBe(1);
      expect(server.output).toMatch(/CLAVIGER_SEAL: expected the token .* to open the seal, found that it cannot/);
      expect(readFileSync(file.CLAVIGER_SEAL_FILE).equals(seal)).toBe(true);
    } finally {
      await token.stop();
    }
  }, 300_000);
});

/** What the seal file says in clear. */
function headerOf({ sealFile }: SealedServer): { readonly root: string; readonly rotation: object | null } {
  return JSON.parse(readFileSync(sealFile, 'utf8')) as { root: string; rotation: object | null };
}

/** Every wrapped key that lies in the data folder. */
function wrappedKeys({ server }: SealedServer): ReadonlySet<string> {
  using db = new DatabaseSync(join(server.data, 'sealed.db'), { readOnly: true });
  const rows = db.prepare('SELECT wrapped_key FROM sealed WHERE destroyed=0').all();
  const journal = readFileSync(join(server.data, 'journal', 'journal.key'), 'utf8').trim();
  return new Set([journal, ...rows.map((row) => Buffer.from(row['wrapped_key'] as Uint8Array).toString('base64'))]);
}

describe('an exchange of the root key', () => {
  it('that was killed in the middle goes on by itself, and leaves nothing under the former root key', async () => {
    const entry = join(builtTestCode(repositoryRoot()), 'test', 'servers', 'with-clock.js');
    let time = Date.now();
    await using sealed = new SealedServer('shares', { entry, ipc: true });
    const { server } = sealed;
    await sealed.launch({ TEST_CLOCK_START: String(time) });
    const shares = await sealed.initialise({ shares: 3, threshold: 2 });
    await sealed.open(shares.slice(0, 2));
    const { CiphertextBlob } = await aKey(sealed);
    for (let n = 0; n < 60; n += 1) await server.kmsClient().send(new CreateKeyCommand({}));
    const before = { root: headerOf(sealed).root, wrapped: wrappedKeys(sealed) };
    mkdirSync(join(server.folder, 'former'), { mode: 0o700 });
    const former = join(server.folder, 'former', 'root.seal');
    copyFileSync(sealed.sealFile, former);

    // 1. Killed as soon as it has begun; it holds both root keys.
    const begun = await server.admin('POST', `${OPERATOR}/rotate-root`, {});
    expect([begun.status, begun.body]).toEqual([202, expect.objectContaining({ from: before.root })]);
    await server.kill();
    expect(headerOf(sealed)).toMatchObject({
      root: (begun.body as { to: string }).to,
      rotation: { from: before.root },
    });
    const left = [...wrappedKeys(sealed)].filter((key) => before.wrapped.has(key)).length;
    expect(left).toBeGreaterThan(0);

    // 2. It goes on when it is opened again, and once it has settled the former root key is forgotten.
    time += 120_000;
    await sealed.launchAgain({ TEST_CLOCK_START: String(time) });
    await sealed.open(shares.slice(1));
    await finished(server);
    expect(headerOf(sealed).rotation).toBeNull();
    expect([...wrappedKeys(sealed)].filter((key) => before.wrapped.has(key))).toEqual([]);
    expect(await decrypts(sealed, CiphertextBlob)).toBe(true);
    await server.stop();

    // 3. Only the new root key opens it.
    await sealed.launchAgain({ TEST_CLOCK_START: String(time + 10_000), CLAVIGER_SEAL_FILE: former });
    for (const share of shares.slice(0, 2)) expect((await sealed.unseal({ share })).status).toBe(200);
    expect((await server.exited).code).toBe(1);
    await sealed.launchAgain({ TEST_CLOCK_START: String(time + 20_000) });
    await sealed.open(shares.slice(0, 2));
    expect(await decrypts(sealed, CiphertextBlob)).toBe(true);
  }, 300_000);
});

async function finished(server: TestServer): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const { body } = await server.admin('GET', `${OPERATOR}/rotate-root`);
    if ((body as { step: string }).step === 'finished') return;
    if (tries > 200) throw new Error(`the exchange does not end: ${JSON.stringify(body)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
