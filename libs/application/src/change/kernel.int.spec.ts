import { type KmsErrorKind, keyStream } from '@claviger/domain';
import { type AppendResult, EventStore, type NewEvent, UnknownOutcome } from '@claviger/ports';
import { SAMPLE_ACCOUNT, SAMPLE_REGION } from '@claviger/testing';
import { type MemoryService, memoryService, KEY_INPUT } from '../../../../test/support/memory-service.js';
import { AuditTrail } from '../audit-trail.js';
import { newFacts } from '../call-context.js';
import { CreateKeyCommand } from './create-key.js';
import { DisableKeyCommand } from './disable-key.js';
import { RotateKeyCommand } from './rotate-key.js';
import { UpdateDescriptionCommand } from './update-description.js';

/** Passes everything on, except what a test puts in the way. */
class Faulty extends EventStore {
  onAppend: ((stream: string, go: () => Promise<AppendResult>) => Promise<AppendResult>) | undefined;
  appends = 0;

  constructor(private readonly inner: EventStore) {
    super();
  }
  append(stream: string, expected: number, events: readonly NewEvent[]): Promise<AppendResult> {
    this.appends += 1;
    const go = (): Promise<AppendResult> => this.inner.append(stream, expected, events);
    return this.onAppend?.(stream, go) ?? go();
  }
  readStream(...args: Parameters<EventStore['readStream']>): ReturnType<EventStore['readStream']> {
    return this.inner.readStream(...args);
  }
  readAll(...args: Parameters<EventStore['readAll']>): ReturnType<EventStore['readAll']> {
    return this.inner.readAll(...args);
  }
  head(): Promise<bigint> {
    return this.inner.head();
  }
  subscribe(...args: Parameters<EventStore['subscribe']>): ReturnType<EventStore['subscribe']> {
    return this.inner.subscribe(...args);
  }
  close(): Promise<void> {
    return this.inner.close();
  }
}

let service: MemoryService;
let store: Faulty;
beforeEach(async () => {
  service = await memoryService((inner) => {
    store = new Faulty(inner);
    return store;
  });
});
afterEach(() => service.close());

const id = (keyId: string) => ({ kind: 'id', keyId }) as const;
const types = async (keyId: string): Promise<string[]> =>
  (await store.readStream(keyStream(SAMPLE_ACCOUNT, SAMPLE_REGION, keyId), 0, 100)).map(({ type }) => type);
const refused = (kind: KmsErrorKind): unknown => expect.objectContaining({ kind });

describe('the change kernel', () => {
  it('appends what was decided, once, and answers with the state and revision after it', async () => {
    const { key, revision } = await service.createKey({ description: 'first' });
    expect(revision).toBe(0);
    expect(await types(key.keyId)).toEqual(['KeyCreated']);
    const rotated = await service.commands.execute(
      new RotateKeyCommand(service.call('RotateKey'), { key: id(key.keyId), trigger: 'on_demand', spec: null }),
    );
    expect(rotated.revision).toBe(2);
    expect(rotated.key.activeVersion).toBe(2);
    expect(await types(key.keyId)).toEqual(['KeyCreated', 'VersionRotated', 'PendingRetirement']);
  });

  it('answers a repetition with the first result and appends nothing', async () => {
    const call = () => service.call('CreateKey', { idempotencyKey: 'once', requestHash: 'h' });
    const first = await service.commands.execute(new CreateKeyCommand(call(), KEY_INPUT));
    await service.commands.execute(
      new UpdateDescriptionCommand(service.call('Update'), { key: id(first.key.keyId), description: 'later' }),
    );
    const again = await service.commands.execute(new CreateKeyCommand(call(), KEY_INPUT));
    expect(again.key.keyId).toBe(first.key.keyId);
    expect(again.revision).toBe(0);
    expect(again.key.description).toBe('');
    expect(await types(first.key.keyId)).toEqual(['KeyCreated', 'DescriptionUpdated']);
  });

  it('makes one key of many simultaneous repetitions', async () => {
    const create = () =>
      service.commands.execute(
        new CreateKeyCommand(service.call('CreateKey', { idempotencyKey: 'k', requestHash: 'h' }), KEY_INPUT),
      );
    const made = await Promise.all(Array.from({ length: 20 }, create));
    expect(new Set(made.map(({ key }) => key.keyId)).size).toBe(1);
  });

  it('refuses an idempotency key that comes back with another request', async () => {
    const { key } = await service.createKey();
    const disable = (requestHash: string) =>
      new DisableKeyCommand(service.call('DisableKey', { idempotencyKey: 'k', requestHash }), {
        key: id(key.keyId),
        version: null,
      });
    await service.commands.execute(disable('one'));
    await expect(service.commands.execute(disable('two'))).rejects.toEqual(refused('Conflict'));
  });

  it('keeps the idempotency keys of two principals apart', async () => {
    const create = (principal: string) => {
      const call = service.call('CreateKey', { idempotencyKey: 'k', requestHash: 'h' });
      return service.commands.execute(
        new CreateKeyCommand({ ...call, caller: { ...call.caller, id: principal }, facts: newFacts() }, KEY_INPUT),
      );
    };
    const [one, two] = [await create('p-1'), await create('p-2')];
    expect(one.key.keyId).not.toBe(two.key.keyId);
  });

  it('forgets idempotency keys after 24 hours, except that of the creation', async () => {
    const { key } = await service.createKey();
    const rotate = () =>
      service.commands.execute(
        new RotateKeyCommand(service.call('RotateKey', { idempotencyKey: 'k', requestHash: 'h' }), {
          key: id(key.keyId),
          trigger: 'on_demand',
          spec: null,
        }),
      );
    await rotate();
    expect((await rotate()).key.activeVersion).toBe(2);
    service.parts.clock.advance(24 * 3_600_000 + 1);
    expect((await rotate()).key.activeVersion).toBe(3);
  });

  it('loses no update when two commands meet: both are there in the end', async () => {
    const { key } = await service.createKey();
    const rotate = () =>
      service.commands.execute(
        new RotateKeyCommand(service.call('RotateKey'), { key: id(key.keyId), trigger: 'on_demand', spec: null }),
      );
    await Promise.all(Array.from({ length: 10 }, rotate));
    const entry = await service.parts.keyState.key(SAMPLE_ACCOUNT, SAMPLE_REGION, key.keyId);
    expect(entry?.attributes.activeVersion).toBe(11);
    expect((await types(key.keyId)).filter((type) => type === 'VersionRotated')).toHaveLength(10);
  });

  it('decides anew when another node was faster, and gives the version another number', async () => {
    const { key } = await service.createKey();
    const stream = keyStream(SAMPLE_ACCOUNT, SAMPLE_REGION, key.keyId);
    let interfered = false;
    store.onAppend = async (name, go) => {
      if (name === stream && !interfered) {
        interfered = true;
        // Another node appends first: the same decision, made elsewhere.
        const [created] = await store.readStream(stream, 0, 1);
        const metadata = JSON.stringify({
          ...JSON.parse(created?.metadata ?? '{}'),
          commandId: '00000000-0000-8000-8000-0000000000aa',
        });
        await store.append(stream, 0, [
          {
            id: '00000000-0000-5000-8000-0000000000aa',
            type: 'DescriptionUpdated',
            schemaVersion: 1,
            data: '{"description":"theirs"}',
            metadata,
            mac: new Uint8Array(),
          },
        ]);
      }
      return go();
    };
    const updated = await service.commands.execute(
      new RotateKeyCommand(service.call('RotateKey'), { key: id(key.keyId), trigger: 'on_demand', spec: null }),
    );
    expect(updated.revision).toBe(3);
    expect(updated.key.description).toBe('theirs');
    // Number 2 was given out to material that no event names.
    expect(updated.key.activeVersion).toBe(3);
  });

  it('never retries a conflict when the caller insists on a revision', async () => {
    const { key } = await service.createKey();
    const update = (ifMatch: number) =>
      service.commands.execute(
        new UpdateDescriptionCommand(service.call('Update', { ifMatch }), {
          key: id(key.keyId),
          description: `${ifMatch}`,
        }),
      );
    await expect(update(7)).rejects.toEqual(refused('PreconditionFailed'));
    expect((await update(0)).revision).toBe(1);
    await expect(update(0)).rejects.toEqual(refused('PreconditionFailed'));
  });

  it('looks before it repeats an append whose outcome is unknown: nothing is lost, nothing doubled', async () => {
    const { key } = await service.createKey();
    let times = 0;
    store.onAppend = async (_, go) => {
      times += 1;
      if (times > 1) return go();
      await go();
      throw new UnknownOutcome('the connection broke');
    };
    const rotated = await service.commands.execute(
      new RotateKeyCommand(service.call('RotateKey'), { key: id(key.keyId), trigger: 'on_demand', spec: null }),
    );
    expect(rotated.key.activeVersion).toBe(2);
    expect(await types(key.keyId)).toEqual(['KeyCreated', 'VersionRotated', 'PendingRetirement']);
  });

  it('appends nothing for a command that asks for what is so already', async () => {
    const { key } = await service.createKey();
    const disable = () =>
      service.commands.execute(
        new DisableKeyCommand(service.call('DisableKey'), { key: id(key.keyId), version: null }),
      );
    await disable();
    const before = store.appends;
    expect((await disable()).revision).toBe(1);
    expect(store.appends).toBe(before);
  });

  it('appends nothing, and makes no material, while the journal cannot be written', async () => {
    const { key } = await service.createKey();
    const before = await service.parts.hsm.list('', 100);
    service.parts.journal.writable = () => false;
    await expect(
      service.commands.execute(
        new RotateKeyCommand(service.call('RotateKey'), { key: id(key.keyId), trigger: 'on_demand', spec: null }),
      ),
    ).rejects.toEqual(refused('Unavailable'));
    expect(await types(key.keyId)).toEqual(['KeyCreated']);
    expect(await service.parts.hsm.list('', 100)).toEqual(before);
  });

  it('anchors a version number before any material bears it', async () => {
    const order: string[] = [];
    const { anchor, hsm } = service.parts;
    const raise = anchor.raiseVersionMark.bind(anchor);
    const generate = hsm.generate.bind(hsm);
    anchor.raiseVersionMark = async (keyId, version) => {
      order.push(`anchor ${version}`);
      await raise(keyId, version);
    };
    hsm.generate = async (material) => {
      order.push(`generate ${material.version}`);
      return generate(material);
    };
    store.onAppend = async (stream, go) => {
      if (stream.startsWith('key-')) order.push('append');
      return go();
    };
    await service.createKey();
    expect(order).toEqual(['anchor 1', 'generate 1', 'append']);
  });

  it('gives a new version a number above what the anchor knows, also where the log knows less', async () => {
    const { key } = await service.createKey();
    await service.parts.anchor.raiseVersionMark(key.keyId, 6);
    const rotated = await service.commands.execute(
      new RotateKeyCommand(service.call('RotateKey'), { key: id(key.keyId), trigger: 'on_demand', spec: null }),
    );
    expect(rotated.key.activeVersion).toBe(7);
  });

  it('refuses everybody who is not the administrator, and reads nothing for them', async () => {
    const { key } = await service.createKey();
    const call = service.call('DisableKey');
    const stranger = { ...call, caller: { ...call.caller, administrator: false } };
    await expect(
      service.commands.execute(new DisableKeyCommand(stranger, { key: id(key.keyId), version: null })),
    ).rejects.toEqual(refused('AccessDenied'));
  });

  it('leaves exactly one record per call: the events, or one journal entry', async () => {
    const trail = service.app.get(AuditTrail);
    const { key } = await service.createKey();
    const run = async (description: string) => {
      const call = service.call('UpdateDescription');
      await trail.run(call, () =>
        service.commands.execute(new UpdateDescriptionCommand(call, { key: id(key.keyId), description })),
      );
      return call.requestId;
    };
    const changed = await run('new');
    const repeated = await run('new');
    const events = await store.readStream(keyStream(SAMPLE_ACCOUNT, SAMPLE_REGION, key.keyId), 0, 100);
    const entries = await service.parts.journal.read(0, 100);
    const eventsOf = (requestId: string) => events.filter(({ metadata }) => metadata.includes(requestId)).length;
    const entriesOf = (requestId: string) => entries.filter(({ open }) => open.includes(requestId)).length;
    expect([eventsOf(changed), entriesOf(changed)]).toEqual([1, 0]);
    expect([eventsOf(repeated), entriesOf(repeated)]).toEqual([0, 1]);
  });
});
