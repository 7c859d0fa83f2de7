import { KmsError, type TokenName } from '@claviger/domain';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { type MemoryService, memoryService } from '../../../test/support/memory-service.js';
import { StandInToken } from '../../../test/support/stand-in-token.js';
import { AuditTrail } from './audit-trail.js';
import type { CallContext } from './call-context.js';
import { ChangeAccountDefaultsCommand } from './change/change-account-defaults.js';
import type { ChangedKey } from './change/key-changes.js';
import { RotateKeyCommand } from './change/rotate-key.js';
import { ScheduleDeletionCommand } from './change/schedule-deletion.js';
import { HsmDevices } from './hsm-devices.js';
import { DueWork } from './processes/jobs/due-work.js';
import { checkMaterial } from './processes/material-check.js';
import { DescribeAccountQuery } from './queries/describe-account.js';
import { Decrypt } from './use/decrypt.js';
import { Encrypt } from './use/encrypt.js';
import { GetPublicKey } from './use/get-public-key.js';
import { UnwrapDataKey, WrapDataKey } from './use/wrap-data-key.js';

const VAULT: TokenName = { label: 'vault', serial: '0001' };
const PLAINTEXT = Buffer.from('for the token only');
const DAY = 86_400_000;

let token: StandInToken;
let service: MemoryService;

beforeEach(async () => {
  token = new StandInToken(VAULT);
  service = await memoryService(undefined, undefined, token);
});
afterEach(() => service.close());

const createdInToken = (input: Parameters<MemoryService['createKey']>[0] = {}): Promise<ChangedKey> =>
  service.createKey({ protectionLevel: 'HSM', ...input });

/** As the wire does it: with a record, and an end that revocations wait for. */
function run<T>(operation: string, use: (call: CallContext) => Promise<T>): Promise<T> {
  const call = service.call(operation);
  return service.app.get(AuditTrail).run(call, () => use(call));
}

const softwareHolds = (): Promise<readonly string[]> => service.parts.hsm.list('', 100);

function encrypt(keyId: string, algorithm: 'SYMMETRIC_DEFAULT' | 'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256') {
  const key = { kind: 'id', keyId } as const;
  const input = { key, plaintext: PLAINTEXT, context: {}, algorithm, dryRun: false };
  return run('Encrypt', (call) => service.app.get(Encrypt).execute(call, input));
}

async function decrypt(ciphertext: Uint8Array): Promise<Buffer> {
  const input = {
    key: null,
    ciphertext,
    context: {},
    algorithm: 'SYMMETRIC_DEFAULT',
    dryRun: false,
    version: null,
  } as const;
  const opened = await run('Decrypt', (call) => service.app.get(Decrypt).execute(call, input));
  return Buffer.from(opened.plaintext);
}

const rotate = (keyId: string): Promise<ChangedKey> =>
  service.commands.execute(
    new RotateKeyCommand(service.call('RotateKey'), { key: { kind: 'id', keyId }, trigger: 'on_demand', spec: null }),
  );

/** Looks twice where something seems to be beyond the events: the fake clock has to move for that. */
async function material() {
  const checked = checkMaterial({
    devices: service.app.get(HsmDevices),
    keyState: service.parts.keyState,
    clock: service.parts.clock,
  });
  for (let i = 0; i < 50; i += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    service.parts.clock.advance(100);
  }
  return checked;
}

const refusal = (promise: Promise<unknown>): Promise<KmsError> =>
  promise.then(
    () => {
      throw new Error('it was not refused');
    },
    (error: unknown) => {
      if (error instanceof KmsError) return error;
      throw error;
    },
  );

describe('a key of protection level HSM', () => {
  it('has all its versions in the token, and none in software', async () => {
    const { key } = await createdInToken();
    expect(key).toMatchObject({ protectionLevel: 'HSM', token: { ...VAULT, lacks: [] } });
    const { ciphertext } = await encrypt(key.keyId, 'SYMMETRIC_DEFAULT');
    const rotated = await rotate(key.keyId);
    expect(rotated.key.versions.map((version) => version.material.token?.serial)).toEqual(['0001', '0001']);
    expect(await decrypt(ciphertext)).toEqual(PLAINTEXT);
    expect(await token.list('', 10)).toHaveLength(2);
    expect(await softwareHolds()).toEqual([]);
    expect(await material()).toMatchObject({ versions: 2, held: 2, findings: [] });
  });

  it('is destroyed in the token and nowhere else, when its deletion is due', async () => {
    const { key } = await createdInToken();
    await service.createKey();
    const input = { key: { kind: 'id', keyId: key.keyId }, version: null, windowDays: 7 } as const;
    await service.commands.execute(new ScheduleDeletionCommand(service.call('ScheduleKeyDeletion'), input));
    for (let day = 0; day < 8; day += 1) service.parts.clock.advance(DAY);
    const work = service.app.get(DueWork);
    const due = await work.due(key.account, key.region, key.keyId);
    expect(due?.actions.map(({ command }) => command.type)).toEqual(['StartDestruction']);

    token.plugged = false;
    await expect(work.run(`destroy-${key.account}-${key.region}-${key.keyId}`)).rejects.toThrow(/does not answer/);
    token.plugged = true;
    expect(await token.list('', 10)).toHaveLength(1);
    await work.run(`destroy-${key.account}-${key.region}-${key.keyId}`);
    expect(await token.list('', 10)).toEqual([]);
    expect(await softwareHolds()).toHaveLength(1);
    expect((await material()).findings).toEqual([]);
  });

  it('offers the algorithms of its token alone', async () => {
    const { key } = await createdInToken({ spec: 'RSA_2048' });
    expect(key.token).toMatchObject({ lacks: ['RSAES_OAEP_SHA_256'] });
    expect(await refusal(encrypt(key.keyId, 'RSAES_OAEP_SHA_256'))).toMatchObject({
      kind: 'InvalidKeyUsage',
      message: 'Algorithm RSAES_OAEP_SHA_256 is not offered by the token "vault" that has the key.',
    });
    await encrypt(key.keyId, 'RSAES_OAEP_SHA_1');
    const input = { key: { kind: 'id', keyId: key.keyId }, dryRun: false } as const;
    const found = await run('GetPublicKey', (call) => service.app.get(GetPublicKey).execute(call, input));
    expect(found.encryptionAlgorithms).toEqual(['RSAES_OAEP_SHA_1']);
  });

  it('is refused, and nothing is made, where the token does not offer the spec', async () => {
    const head = await service.parts.store.head();
    const mark = jest.spyOn(service.parts.anchor, 'raiseVersionMark');
    expect(await refusal(createdInToken({ spec: 'XCHACHA20_POLY1305' }))).toMatchObject({
      kind: 'Unsupported',
      message:
        'KeySpec XCHACHA20_POLY1305 with KeyUsage ENCRYPT_DECRYPT is not offered by token "vault" (serial 0001).',
    });
    token.reached = false;
    expect(await refusal(createdInToken())).toMatchObject({
      kind: 'Unavailable',
      message: 'The token "vault" does not answer.',
    });
    expect(await service.parts.store.head()).toBe(head);
    expect(mark).not.toHaveBeenCalled();
    expect(await token.list('', 10)).toEqual([]);
  });
});

describe('a token that is away', () => {
  it('leaves software keys as they are, and its keys work again when it is back', async () => {
    const { key } = await createdInToken();
    const { key: soft } = await service.createKey();
    const { ciphertext } = await encrypt(key.keyId, 'SYMMETRIC_DEFAULT');
    token.plugged = false;
    for (const call of [encrypt(key.keyId, 'SYMMETRIC_DEFAULT'), decrypt(ciphertext), rotate(key.keyId)]) {
      expect(await refusal(call)).toMatchObject({
        kind: 'Unavailable',
        message: 'The token "vault" does not answer.',
        details: { state: 'unavailable' },
      });
    }
    expect(await decrypt((await encrypt(soft.keyId, 'SYMMETRIC_DEFAULT')).ciphertext)).toEqual(PLAINTEXT);
    expect((await material()).findings).toMatchObject([
      {
        severity: 'problem',
        subject: 'token "vault" (serial 0001)',
        message: expect.stringMatching(/^1 version lives/),
      },
    ]);
    token.plugged = true;
    expect(await decrypt(ciphertext)).toEqual(PLAINTEXT);
    // The number of the rotation that failed is never given again.
    expect((await rotate(key.keyId)).key).toMatchObject({ activeVersion: 3, protectionLevel: 'HSM' });
  });
});

describe('a data key of an application', () => {
  const dataKey = Buffer.alloc(32, 7);
  const wrap = (keyId: string, bytes: Uint8Array = dataKey) =>
    run('WrapDataKey', (call) =>
      service.app.get(WrapDataKey).execute(call, { key: { kind: 'id', keyId }, dataKey: Uint8Array.from(bytes) }),
    );
  const unwrap = (keyId: string, wrapped: Uint8Array, version = 1) =>
    run('UnwrapDataKey', (call) =>
      service.app.get(UnwrapDataKey).execute(call, { key: { kind: 'id', keyId }, wrapped, version }),
    );

  it('is wrapped in the token by the active version, and unwrapped by the one that is named', async () => {
    const { keyId } = (await createdInToken()).key;
    const { wrapped, version } = await wrap(keyId);
    expect([wrapped.length, version]).toEqual([40, 1]);
    await rotate(keyId);
    expect((await wrap(keyId)).version).toBe(2);
    expect(Buffer.from((await unwrap(keyId, wrapped)).dataKey)).toEqual(dataKey);
    expect(await refusal(unwrap(keyId, wrapped.with(0, wrapped[0] === 0 ? 1 : 0)))).toMatchObject({
      kind: 'InvalidCiphertext',
    });
    expect(await refusal(unwrap(keyId, wrapped, 3))).toMatchObject({ kind: 'NotFound' });
    expect(await refusal(wrap(keyId, Buffer.alloc(17)))).toMatchObject({
      kind: 'Validation',
      message: 'dataKey: expected 16 to 512 bytes, a multiple of 8, found 17 bytes.',
    });
    token.plugged = false;
    expect(await refusal(wrap(keyId))).toMatchObject({ kind: 'Unavailable' });
  });

  it('is not wrapped under other keys, and the refusal says why', async () => {
    const because = async (keyId: string): Promise<string> => {
      const { kind, message } = await refusal(wrap(keyId));
      expect(kind).toBe('Unsupported');
      expect((await refusal(unwrap(keyId, Buffer.alloc(40)))).message).toBe(message);
      return message;
    };
    expect(await because((await service.createKey()).key.keyId)).toMatch(/it is no key in a token; GenerateDataKey/);
    const { keyId: rsa } = (await createdInToken({ spec: 'RSA_2048' })).key;
    expect(await because(rsa)).toMatch(/RSA_2048 wraps no keys here/);
    token.wraps = false;
    expect(await because((await createdInToken()).key.keyId)).toMatch(/the module has no AES-KWP/);
  });
});

describe('another token with the same label', () => {
  it('is never asked to use or destroy what the event says is elsewhere', async () => {
    const { key } = await createdInToken();
    const { ciphertext } = await encrypt(key.keyId, 'SYMMETRIC_DEFAULT');
    token.token = { ...VAULT, serial: '0002' };
    const destroy = jest.spyOn(token, 'destroy');
    expect(await refusal(decrypt(ciphertext))).toMatchObject({
      kind: 'Unavailable',
      message: 'The key is in token "vault" (serial 0001); configured is token "vault" (serial 0002).',
    });
    const [version] = key.versions;
    const { reference = '', spec = 'SYMMETRIC_DEFAULT' } = version?.material ?? {};
    const there = { reference, keyId: key.keyId, version: 1, spec, usage: key.usage, token: VAULT };
    expect(await refusal(service.app.get(HsmDevices).destroy(there))).toMatchObject({ kind: 'Unavailable' });
    expect(destroy).not.toHaveBeenCalled();
    // Found in the wrong device: reported as what no event speaks of there.
    expect((await material()).findings.map(({ message }) => message)).toEqual([
      'The token "vault" (serial 0002) holds material of which no event speaks.',
      expect.stringMatching(/^1 version lives in this token, which does not answer/),
    ]);
  });
});

describe('where keys are made', () => {
  it('is the account rule, where the creator names nothing', async () => {
    const defaults = { protectionLevel: 'HSM' } as const;
    await service.commands.execute(new ChangeAccountDefaultsCommand(service.call('ChangeAccountDefaults'), defaults));
    const account = await service.app.get(QueryBus).execute(new DescribeAccountQuery(service.call('DescribeAccount')));
    expect(account.defaults).toEqual({ environment: 'dev', dataClass: 'internal', protectionLevel: 'HSM' });
    expect((await service.createKey()).key).toMatchObject({ protectionLevel: 'HSM', taggedAttributes: [] });
    expect((await createdInToken({ protectionLevel: 'SOFTWARE' })).key).toMatchObject({
      protectionLevel: 'SOFTWARE',
      token: null,
    });
  });

  it('is software alone without a token, and whoever asks for more hears what is lacking', async () => {
    const without = await memoryService();
    try {
      const head = await without.parts.store.head();
      const lacking = { kind: 'Unsupported', message: expect.stringMatching(/no token is configured/) };
      expect(await refusal(without.createKey({ protectionLevel: 'HSM' }))).toMatchObject(lacking);
      const rule = new ChangeAccountDefaultsCommand(without.call('ChangeAccountDefaults'), { protectionLevel: 'HSM' });
      expect(await refusal(without.app.get(CommandBus).execute(rule))).toMatchObject(lacking);
      expect(await without.parts.store.head()).toBe(head);
      expect((await without.createKey()).key.protectionLevel).toBe('SOFTWARE');
    } finally {
      await without.close();
    }
  });
});
