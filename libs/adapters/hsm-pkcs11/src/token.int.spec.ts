import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { SecretBytes } from '@claviger/crypto';
import type { KeySpec, KeyUsage } from '@claviger/domain';
import { SystemClock } from '@claviger/platform';
import { HsmUnavailable, type Material, MaterialUnavailable } from '@claviger/ports';
import { CompiledEntry } from '../../../../test/servers/softhsm/compiled-entry.js';
import { findPkcs11Tool, findSoftHsm, SOFTHSM_REASON } from '../../../../test/servers/softhsm/find.js';
import { PIN, PrivateToken } from '../../../../test/servers/softhsm/token.js';
import { requireExternal } from '../../../../test/support/external.js';
import type { Pkcs11Hsm } from './hsm.js';
import { openPkcs11Hsm } from './open.js';
import type { Pkcs11HsmOptions } from './options.js';
import { Pkcs11SettingsError } from './settings-error.js';
import { changeLabel, objectsOf, withOtherClient } from '../../../../test/servers/softhsm/other-client.js';
import { CKA, CKM, CKR } from './token/ck.js';
import { codeOf } from './token/cryptoki.js';
import { idOf } from './token/description.js';
import { makeKey } from './token/templates.js';
import type { TokenNotice } from './token-link.js';

const suite = requireExternal('softhsm', findSoftHsm()?.version, SOFTHSM_REASON);
const toolSuite = requireExternal('pkcs11-tool', findPkcs11Tool(), 'pkcs11-tool is not there: Debian package opensc');

const materialOf = (i: number, spec: KeySpec, usage: KeyUsage): Material => ({
  reference: `0198d000-0000-8000-8000-${i.toString(16).padStart(12, '0')}`,
  keyId: 'a key / with blanks',
  version: 3,
  spec,
  usage,
});
const aes = materialOf(1, 'SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
const p256 = materialOf(2, 'ECC_NIST_P256', 'SIGN_VERIFY');
const rsa = materialOf(3, 'RSA_2048', 'ENCRYPT_DECRYPT');
const hmac = materialOf(4, 'HMAC_256', 'GENERATE_VERIFY_MAC');
const text = (value: string): Uint8Array => Buffer.from(value);
const request = { plaintext: text('plain'), aad: text('aad') };

suite('a SoftHSM token', () => {
  let token: PrivateToken;
  let entry: CompiledEntry;
  let opened: Pkcs11Hsm[];
  let notices: TokenNotice[];

  beforeAll(async () => {
    entry = CompiledEntry.make();
    token = await PrivateToken.start();
  }, 60_000);

  afterAll(async () => {
    await token.stop();
    entry.remove();
  });

  beforeEach(() => {
    token.empty();
    opened = [];
    notices = [];
    writeFileSync(token.pinFile, `${PIN}\n`);
  });

  afterEach(async () => {
    for (const hsm of opened) await hsm.close();
  });

  const open = async (options: Partial<Pkcs11HsmOptions> = {}): Promise<Pkcs11Hsm> => {
    const hsm = await openPkcs11Hsm({
      modulePath: token.modulePath,
      tokenLabel: token.label,
      pin: { file: token.pinFile },
      sessions: 2,
      random: randomBytes,
      clock: new SystemClock(),
      notice: (notice) => notices.push(notice),
      entry: entry.url,
      ...options,
    });
    opened.push(hsm);
    return hsm;
  };
  const losses = (): TokenNotice[] => notices.filter(({ kind }) => kind !== 'lacks');

  it('shows its label and serial number, and says what it lacks', async () => {
    const hsm = await open();
    expect(hsm.device).toMatch(/^claviger-test \(serial [0-9a-f]{16}\)$/);
    expect(hsm.lacks.map((line) => line.split(':')[0])).toEqual([
      'XCHACHA20_POLY1305',
      'ED25519_PH_SHA_512 with ECC_NIST_EDWARDS25519',
      'RSAES_OAEP_SHA_256 with RSA_2048',
    ]);
    expect(notices).toEqual([{ kind: 'lacks', what: hsm.lacks }]);
  });

  it.each([aes, p256, rsa, hmac])('gives $spec to nobody: neither its value nor wrapped (R-2)', async (material) => {
    const hsm = await open();
    await hsm.generate(material);
    await hsm.generate({ ...aes, reference: materialOf(9, aes.spec, aes.usage).reference });
    withOtherClient(token, (session, module) => {
      const [wrapper] = objectsOf(session, materialOf(9, aes.spec, aes.usage).reference);
      const secret = material === p256 || material === rsa ? [CKA.VALUE, 0x123] : [CKA.VALUE]; // 0x123: CKA_PRIVATE_EXPONENT
      const keys = objectsOf(session, material.reference).filter((key) => session.read(key, [CKA.CLASS])[0]?.[0] !== 2);
      expect(keys).toHaveLength(1);
      for (const key of keys) {
        for (const type of secret) expect([17, 18]).toContain(failure(() => session.read(key, [type]))); // SENSITIVE, TYPE_INVALID
        for (const mechanism of [CKM.AES_KEY_WRAP_PAD, 0x2109]) {
          const wrap = (): unknown =>
            module.C_WrapKey(session.handle, { mechanism }, wrapper ?? key, key, Buffer.alloc(4096));
          expect(failure(wrap)).toBe(CKR.KEY_UNEXTRACTABLE);
        }
        const loosen = (): void =>
          module.C_SetAttributeValue(session.handle, key, [{ type: CKA.EXTRACTABLE, value: true }]);
        expect(failure(loosen)).toBe(0x10); // CKR_ATTRIBUTE_READ_ONLY
      }
    });
  });

  it('answers nothing for a bad tag, and does not take it for the loss of the token', async () => {
    const hsm = await open();
    await hsm.generate(aes);
    const sealed = await hsm.use('encrypt', aes, request);
    const tag = Uint8Array.from(sealed.tag, (byte) => byte ^ 1);
    expect(await hsm.use('decrypt', aes, { ...sealed, tag, aad: request.aad })).toBeUndefined();
    expect(losses()).toEqual([]);
    expect(hsm.state).toEqual({ kind: 'ready' });
  });

  it('says Unavailable while it is away, whatever is asked, and works by itself when it is back', async () => {
    const hsm = await open();
    await hsm.generate(aes);
    const destroyed = materialOf(5, aes.spec, aes.usage);
    await hsm.generate(destroyed);
    await hsm.destroy(destroyed);
    const sealed = await hsm.use('encrypt', aes, request);
    token.unplug();
    for (const call of [
      () => hsm.use('decrypt', aes, { ...sealed, aad: request.aad }),
      () => hsm.use('encrypt', destroyed, request),
      () => hsm.generate(aes),
      () => hsm.generate(destroyed),
      () => hsm.generate(materialOf(6, aes.spec, aes.usage)),
      () => hsm.destroy(aes),
      () => hsm.list('', 10),
    ]) {
      await expect(call()).rejects.toBeInstanceOf(HsmUnavailable);
    }
    expect(await hsm.checkDevice()).toMatchObject({ kind: 'unavailable', why: expect.stringContaining(token.label) });
    expect(losses()).toEqual([{ kind: 'lost', why: expect.any(String) }]);
    token.plugIn();
    expect(await hsm.use('decrypt', aes, { ...sealed, aad: request.aad })).toEqual(
      new Uint8Array(Buffer.from('plain')),
    );
    expect(losses().map(({ kind }) => kind)).toEqual(['lost', 'recovered']);
    expect(await hsm.checkDevice()).toEqual({ kind: 'ready' });
    await expect(hsm.generate(destroyed)).rejects.toBeInstanceOf(MaterialUnavailable);
    expect(await hsm.list('', 10)).toEqual([aes.reference]);
  });

  it('recovers for many calls at once, with one reconnection', async () => {
    const hsm = await open();
    await hsm.generate(aes);
    await hsm.use('encrypt', aes, request);
    token.unplug();
    const failed = await Promise.allSettled(Array.from({ length: 20 }, () => hsm.use('encrypt', aes, request)));
    expect(failed.every(({ status }) => status === 'rejected')).toBe(true);
    token.plugIn();
    await Promise.all(Array.from({ length: 20 }, () => hsm.use('encrypt', aes, request)));
    expect(losses().map(({ kind }) => kind)).toEqual(['lost', 'recovered']);
  });

  it('is not replaced by another token with the same label', async () => {
    const hsm = await open();
    await hsm.generate(aes);
    await hsm.use('encrypt', aes, request);
    token.empty();
    await expect(hsm.use('encrypt', aes, request)).rejects.toThrow(/is not the one with serial number/);
  });

  it('is chosen by serial number where two have the same label', async () => {
    token.addToken(token.label);
    const refused = open();
    await expect(refused).rejects.toThrow(/several tokens have the label/);
    const serials = /one: ([0-9a-f]+), ([0-9a-f]+)/.exec(
      await refused.then(
        () => '',
        (error: Error) => error.message,
      ),
    );
    const hsm = await open({ tokenSerial: serials?.[2] ?? '' });
    expect(hsm.token.serial).toBe(serials?.[2]);
  });

  it('does not use a key that took the place of another, though CKA_ID and label are the same', async () => {
    const hsm = await open();
    for (const material of [aes, hmac, p256]) {
      await hsm.generate(material);
      withOtherClient(token, (session) => {
        const objects = objectsOf(session, material.reference);
        const label = session.read(objects[0] ?? Buffer.alloc(0), [CKA.LABEL])[0]?.toString() ?? '';
        for (const object of objects) session.destroyObject(object);
        const { spec, usage } = material;
        makeKey(session, { spec, usage, kept: { id: idOf(material.reference), label }, wrapping: false });
      });
      await expect(hsm.generate(material)).rejects.toBeInstanceOf(MaterialUnavailable);
    }
    await expect(hsm.use('encrypt', aes, request)).rejects.toBeInstanceOf(MaterialUnavailable);
  });

  it('does not use a key that was brought from outside', async () => {
    const hsm = await open();
    await hsm.generate(aes);
    withOtherClient(token, (session, module) => {
      const [object = Buffer.alloc(0)] = objectsOf(session, aes.reference);
      const label = session.read(object, [CKA.LABEL])[0] ?? Buffer.alloc(0);
      session.destroyObject(object);
      module.C_CreateObject(session.handle, [
        { type: CKA.CLASS, value: 4 },
        { type: CKA.KEY_TYPE, value: 0x1f },
        { type: CKA.TOKEN, value: true },
        { type: CKA.PRIVATE, value: true },
        { type: CKA.SENSITIVE, value: true },
        { type: CKA.EXTRACTABLE, value: false },
        { type: CKA.ENCRYPT, value: true },
        { type: CKA.ID, value: idOf(aes.reference) },
        { type: CKA.LABEL, value: label },
        { type: CKA.VALUE, value: Buffer.alloc(32) },
      ]);
    });
    await expect(hsm.use('encrypt', aes, request)).rejects.toMatchObject({
      cause: { message: 'the key on the token could leave it, or once could' },
    });
  });

  it('destroys a key whose label was changed, and leaves one that belongs elsewhere', async () => {
    const hsm = await open();
    await hsm.generate(aes);
    await expect(hsm.destroy({ ...aes, keyId: 'another' })).rejects.toBeInstanceOf(MaterialUnavailable);
    await hsm.use('encrypt', aes, request);
    changeLabel(token, aes.reference);
    await hsm.destroy({ ...aes, keyId: 'another' });
    expect(await hsm.list('', 10)).toEqual([]);
    await expect(hsm.generate(aes)).rejects.toBeInstanceOf(MaterialUnavailable);
  });

  it('wraps data keys inside, and gives back what it wrapped under the same material only', async () => {
    const hsm = await open();
    const other = materialOf(7, 'SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    await hsm.generate(aes);
    await hsm.generate(other);
    expect(hsm.wrappingRefusal('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT')).toBeUndefined();
    for (const length of [16, 24, 32, 64, 512]) {
      const dataKey = SecretBytes.take(randomBytes(length));
      const wrapped = await hsm.wrapKey(aes, dataKey);
      expect(wrapped).toHaveLength(length + 8);
      expect((await hsm.unwrapKey(aes, wrapped))?.equals(dataKey)).toBe(true);
      expect(await hsm.unwrapKey(other, wrapped)).toBeUndefined();
      const changed = Uint8Array.from(wrapped, (byte, i) => (i === 9 ? byte ^ 1 : byte));
      expect(await hsm.unwrapKey(aes, changed)).toBeUndefined();
    }
    expect(losses()).toEqual([]);
  });

  it('refuses to wrap, with a reason, under other keys and of other lengths', async () => {
    const hsm = await open();
    await hsm.generate(hmac);
    const dataKey = (length: number): SecretBytes => SecretBytes.take(randomBytes(length));
    await expect(hsm.wrapKey(hmac, dataKey(32))).rejects.toThrow('HMAC_256 for GENERATE_VERIFY_MAC wraps no keys here');
    for (const length of [0, 8, 15, 17, 520]) {
      await expect(hsm.wrapKey(aes, dataKey(length))).rejects.toBeInstanceOf(RangeError);
    }
    for (const length of [0, 16, 23, 25]) expect(await hsm.unwrapKey(aes, randomBytes(length))).toBeUndefined();
  });

  it('is not opened with a wrong PIN, nor with a PIN that others can read', async () => {
    writeFileSync(token.pinFile, '999999\n');
    await expect(open()).rejects.toMatchObject({ name: 'Pkcs11SettingsError', setting: 'pin' });
    writeFileSync(token.pinFile, `${PIN}\n`);
    chmodSync(token.pinFile, 0o644);
    await expect(open()).rejects.toMatchObject({ setting: 'pin', message: expect.stringContaining('mode 0644') });
    chmodSync(token.pinFile, 0o600);
    await expect(open({ pin: SecretBytes.take(Buffer.alloc(0)) })).rejects.toBeInstanceOf(Pkcs11SettingsError);
    await open();
  });

  it('is not opened without a module, a token or the package, and says which is missing', async () => {
    await expect(open({ modulePath: '/nowhere/module.so' })).rejects.toMatchObject({
      setting: 'modulePath',
      message: expect.stringContaining('/nowhere/module.so cannot be loaded'),
    });
    await expect(open({ tokenLabel: 'nobody' })).rejects.toThrow('no token with the label "nobody" is there');
    const bare = CompiledEntry.make({ packages: false });
    try {
      await expect(open({ entry: bare.url })).rejects.toThrow('the package pkcs11js is not installed');
    } finally {
      bare.remove();
    }
  }, 30_000);

  toolSuite('seen by pkcs11-tool', () => {
    const tool = (...args: string[]): string =>
      execFileSync(
        findPkcs11Tool() ?? '',
        ['--module', token.modulePath, '--token-label', token.label, '--login', '--pin', PIN, ...args],
        { encoding: 'utf8', env: { ...process.env, ...token.environment }, stdio: ['ignore', 'pipe', 'pipe'] },
      );

    it('has each key sensitive and never extractable, and after its destruction only the mark of it', async () => {
      const hsm = await open();
      const all = [aes, p256, hmac];
      for (const material of all) await hsm.generate(material);
      const before = tool('--list-objects');
      for (const material of all) {
        const id = idOf(material.reference).toString('hex');
        const shown = before.split(/\n(?=\S)/).filter((object) => object.includes(`ID:         ${id}`));
        const keys = shown.filter((object) => !object.startsWith('Public Key'));
        expect(keys).toHaveLength(1);
        expect(keys[0]).toMatch(/Access: +sensitive, always sensitive, never extract(r)?able, local/);
      }
      for (const material of all) await hsm.destroy(material);
      const after = tool('--list-objects');
      for (const material of all) {
        expect(after).not.toContain(idOf(material.reference).toString('hex'));
        expect(after).toContain(`claviger destroyed ${material.reference}`);
      }
    });

    it('does not hand out a value', async () => {
      const hsm = await open();
      await hsm.generate(aes);
      const read = (): string =>
        tool('--read-object', '--type', 'secrkey', '--id', idOf(aes.reference).toString('hex'));
      expect(read).toThrow(/CKR_ATTRIBUTE_SENSITIVE|sensitive/i);
    });
  });
});

/** The CK_RV that `run` throws. */
function failure(run: () => unknown): number | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}
