import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  type KMSClient,
  paginateListKeyRotations,
  paginateListKeys,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { Pool } from '../servers/pool.js';
import type { Armed } from '../servers/ports.js';
import { signCall, type SignedRequest } from '../servers/sign.js';
import { type ServerWithClock, startServerWithClock } from '../servers/start-with-clock.js';
import { shortOrLong } from './length.js';

const DAY = 24 * 60 * 60 * 1000;
const DONE_WITHIN_MS = 20_000;

/** A crash here: between two of the steps that together make or destroy material (DESIGN section 3, "Material"). */
interface Arrow extends Omit<Armed, 'nth'> {
  readonly name: string;
  /** It happened, although nobody was told. */
  readonly happened: boolean;
}

/** Before and after each step; one step's end is the next one's begin, so that the short form takes the ends alone. */
const around = (point: Armed['point'], containing: string, happens = false): Arrow[] => {
  const arrow = (when: Armed['when'], happened: boolean): Arrow => {
    const name = `${when} ${point}${containing === '' ? '' : ` of ${containing}`}`;
    return { name, point, when, containing, happened };
  };
  return shortOrLong(0, 1) === 0 ? [arrow('after', happens)] : [arrow('before', false), arrow('after', happens)];
};

const making = (event: string): Arrow[] => [
  ...around('anchor.raiseVersionMark', ''),
  ...around('hsm.generate', ''),
  ...around('store.append', event, true),
];

const destroying: Arrow[] = [
  ...around('store.append', 'DestructionStarted'),
  ...around('anchor.registerDestruction', ''),
  ...around('hsm.destroy', ''),
  ...around('store.append', 'MaterialDestroyed'),
];

describe('a crash between two steps of making or destroying key material', () => {
  let running: ServerWithClock;
  let kms: KMSClient;

  beforeAll(async () => {
    running = await startServerWithClock();
    kms = running.kmsClient();
  }, 120_000);
  afterAll(() => running.dispose());

  /** Sends it, expects the server to die of it, and starts it again. */
  async function dieOf(arrow: Arrow, act: () => Promise<unknown>): Promise<void> {
    const { point, when, containing = '' } = arrow;
    await running.arm({ point, when, containing, nth: 1 });
    await expect(act()).rejects.toThrow();
    expect((await running.server.exited).signal).toBe('SIGKILL');
    await running.restart();
    kms = running.kmsClient();
  }

  const signed = (operation: string, body: object): SignedRequest =>
    signCall(running.server, operation, JSON.stringify(body), { now: running.now, invocationId: crypto.randomUUID() });

  async function send(request: SignedRequest): Promise<Record<string, unknown>> {
    const pool = new Pool(running.server, 1);
    try {
      const { status, body } = await pool.send(request);
      expect({ status, body: status === 200 ? '' : body }).toEqual({ status: 200, body: '' });
      return JSON.parse(body === '' ? '{}' : body) as Record<string, unknown>;
    } finally {
      pool.close();
    }
  }

  async function keyIds(): Promise<string[]> {
    const found: string[] = [];
    for await (const page of paginateListKeys({ client: kms }, {}))
      for (const { KeyId = '' } of page.Keys ?? []) found.push(KeyId);
    return found;
  }

  async function rotations(KeyId: string): Promise<number> {
    let count = 0;
    for await (const page of paginateListKeyRotations({ client: kms }, { KeyId })) count += page.Rotations?.length ?? 0;
    return count;
  }

  const encrypt = async (KeyId: string): Promise<Uint8Array> =>
    (await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(KeyId) }))).CiphertextBlob ?? new Uint8Array();

  async function expectDecrypts(blob: Uint8Array, keyId: string): Promise<void> {
    const { Plaintext = [] } = await kms.send(new DecryptCommand({ CiphertextBlob: blob }));
    expect(Buffer.from(Plaintext).toString()).toBe(keyId);
  }

  async function createdKey(): Promise<string> {
    return (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
  }

  it.each(making('KeyCreated'))(
    'leaves a whole key or none when creation dies $name, and the repeated call makes one key',
    async (arrow) => {
      const before = await keyIds();
      const request = signed('CreateKey', { Description: `${arrow.point} ${arrow.when}` });
      await dieOf(arrow, () => send(request));
      expect((await keyIds()).length).toBe(before.length + (arrow.happened ? 1 : 0));
      const { KeyMetadata } = (await send(request)) as { KeyMetadata: { KeyId: string } };
      expect((await keyIds()).length).toBe(before.length + 1);
      await expectDecrypts(await encrypt(KeyMetadata.KeyId), KeyMetadata.KeyId);
    },
    60_000,
  );

  it.each(making('VersionRotated'))(
    'leaves a key rotated wholly or not at all when rotation dies $name, and the repeated call rotates once',
    async (arrow) => {
      const keyId = await createdKey();
      const old = await encrypt(keyId);
      const request = signed('RotateKeyOnDemand', { KeyId: keyId });
      await dieOf(arrow, () => send(request));
      expect(await rotations(keyId)).toBe(arrow.happened ? 1 : 0);
      await expectDecrypts(old, keyId);
      await send(request);
      expect(await rotations(keyId)).toBe(1);
      await expectDecrypts(old, keyId);
      await expectDecrypts(await encrypt(keyId), keyId);
    },
    60_000,
  );

  it.each(destroying)(
    'finishes a destruction by itself that died $name, and harms no other key',
    async (arrow) => {
      const bystander = await createdKey();
      const kept = await encrypt(bystander);
      const doomed = await createdKey();
      const lost = await encrypt(doomed);
      const materials = materialCount();
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId: doomed, PendingWindowInDays: 7 }));
      await running.advance(7 * DAY - 60_000);
      kms = running.kmsClient();
      await dieOf(arrow, () => running.advance(2 * 60 * 60_000));
      // Nobody asks for anything: the service looks for itself.
      await running.advance(60_000);
      kms = running.kmsClient();
      await eventually(async () => expect(await stateOf(doomed)).toBe('Deleted'));
      expect(materialCount()).toBe(materials - 1);
      await expect(kms.send(new DecryptCommand({ CiphertextBlob: lost }))).rejects.toThrow();
      await expectDecrypts(kept, bystander);
    },
    120_000,
  );

  async function stateOf(keyId: string): Promise<unknown> {
    const { body } = await running.server.admin('GET', `/api/v1/keys/${keyId}`);
    return (body as { state?: unknown }).state;
  }

  /** Sealed key material on disk, read beside the running server. */
  function materialCount(): number {
    using sealed = new DatabaseSync(join(running.server.data, 'sealed.db'), { readOnly: true });
    return Number(
      sealed.prepare("SELECT count(*) AS n FROM sealed WHERE kind='material' AND destroyed=0").get()?.['n'],
    );
  }

  /** Repeats an expectation until it holds. */
  async function eventually(expectation: () => Promise<void>): Promise<void> {
    const deadline = Date.now() + DONE_WITHIN_MS;
    for (;;) {
      try {
        return await expectation();
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await running.advance(15_000);
      }
    }
  }
});
