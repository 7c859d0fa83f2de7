import { randomUUID } from 'node:crypto';
import { canonicalJson } from '@claviger/crypto';
import { decodeEvent, evolveKey, type KeyEvent, type KeyState, keyStream } from '@claviger/domain';
import { AuthenticatedEventStore, type NewEvent } from '@claviger/ports';
import { SAMPLE_ACCOUNT, SAMPLE_REGION } from '@claviger/testing';
import { until } from '../../../../../test/servers/eventstore/harness.js';
import { StandInCluster, type StandInNode } from '../../../../../test/support/stand-in-nodes.js';
import { LEASE_MS } from '../../access/lease.js';
import { CreateAliasCommand } from '../../change/create-alias.js';
import { DeleteAliasCommand } from '../../change/delete-alias.js';
import { DisableKeyCommand } from '../../change/disable-key.js';
import { RotateKeyCommand } from '../../change/rotate-key.js';
import { ScheduleDeletionCommand } from '../../change/schedule-deletion.js';
import { SetRotationPolicyCommand } from '../../change/set-rotation-policy.js';
import { UpdateAliasCommand } from '../../change/update-alias.js';
import { DueWork } from '../jobs/due-work.js';

const byId = (keyId: string) => ({ kind: 'id', keyId }) as const;
const DAY = 24 * 3_600_000;

/** The rules of several nodes, which nodes.int.spec.ts shows over memory, over the EventStoreDB adapter and its stand-in. */
describe('four nodes on EventStoreDB', () => {
  let cluster: StandInCluster;

  beforeAll(async () => {
    cluster = await StandInCluster.start('a', 'b', 'c', 'd');
  }, 30_000);
  afterAll(() => cluster.dispose());

  const create = async (node: StandInNode): Promise<string> => (await node.createKey()).key.keyId;
  const stream = (keyId: string): string => keyStream(SAMPLE_ACCOUNT, SAMPLE_REGION, keyId);
  const disable = (node: StandInNode, keyId: string) =>
    node.commands.execute(new DisableKeyCommand(node.call('DisableKey'), { key: byId(keyId), version: null }));
  const rotate = (node: StandInNode, keyId: string, changes: Parameters<StandInNode['call']>[1] = {}) =>
    node.commands.execute(
      new RotateKeyCommand(node.call('RotateKey', changes), { key: byId(keyId), trigger: 'on_demand', spec: null }),
    );
  const eventsOf = (keyId: string) => cluster.node(0).parts.store.readStream(stream(keyId), 0, 500);
  const typesOf = async (keyId: string): Promise<readonly string[]> => (await eventsOf(keyId)).map(({ type }) => type);

  /** How many versions were ACTIVE after each append. */
  async function activeAfterEach(keyId: string): Promise<readonly number[]> {
    let state: KeyState | null = null;
    const counts: number[] = [];
    for (const { type, schemaVersion, data } of await eventsOf(keyId)) {
      const event = decodeEvent('key', type, schemaVersion, JSON.parse(data)) as KeyEvent | undefined;
      if (event === undefined) throw new Error(`${type} is not known`);
      state = evolveKey(state, event, 0);
      // A rotation is one append of two events.
      if (type !== 'VersionRotated')
        counts.push(state?.versions.filter(({ status }) => status === 'ACTIVE').length ?? 0);
    }
    return counts;
  }

  it('use on each, at once, the keys and aliases that were made on another, in turn', async () => {
    for (let round = 0; round < 8; round += 1) {
      const [maker, user] = [cluster.node(round % 4), cluster.node((round + 1) % 4)];
      const keyId = await create(maker);
      await expect(user.encrypt(keyId)).resolves.toEqual({ keyId, version: 1 });
      const name = `round-${round}`;
      await user.commands.execute(new CreateAliasCommand(user.call('CreateAlias'), { name, key: byId(keyId) }));
      await Promise.all(
        cluster.all.map((node) => expect(node.encrypt(`alias/${name}`)).resolves.toMatchObject({ keyId })),
      );
    }
  }, 30_000);

  it('refuse on each, from the answer on, whatever was taken away on one of them', async () => {
    const [first, second] = [await create(cluster.node(0)), await create(cluster.node(1))];
    const [name, key] = ['taken', byId(first)];
    const [a, b, c, d] = [cluster.node(0), cluster.node(1), cluster.node(2), cluster.node(3)];
    await a.commands.execute(new CreateAliasCommand(a.call('CreateAlias'), { name, key }));
    const outcomes = (target: string) =>
      Promise.all(
        cluster.all.map((node) => node.encrypt(target).catch((error: { kind?: string }) => error.kind ?? 'no kind')),
      );
    expect(await outcomes('alias/taken')).toEqual(Array(4).fill({ keyId: first, version: 1 }));
    await b.commands.execute(new UpdateAliasCommand(b.call('UpdateAlias'), { name, key: byId(second) }));
    expect(await outcomes('alias/taken')).toEqual(Array(4).fill({ keyId: second, version: 1 }));
    await rotate(c, second);
    expect(await outcomes('alias/taken')).toEqual(Array(4).fill({ keyId: second, version: 2 }));
    await d.commands.execute(new DeleteAliasCommand(d.call('DeleteAlias'), { name }));
    expect(await outcomes('alias/taken')).toEqual(Array(4).fill('NotFound'));
    await disable(a, first);
    expect(await outcomes(first)).toEqual(Array(4).fill('Disabled'));
    const input = { key: byId(second), version: null, windowDays: 7 };
    await b.commands.execute(new ScheduleDeletionCommand(b.call('ScheduleDeletion'), input));
    expect(await outcomes(second)).toEqual(Array(4).fill('InvalidKeyState'));
  }, 30_000);

  it('rotate a key at the same moment one after the other: never two ACTIVE, one successor per version', async () => {
    const keyId = await create(cluster.node(0));
    await Promise.all(cluster.all.map((node) => node.encrypt(keyId)));
    for (let round = 0; round < 5; round += 1) await Promise.all(cluster.all.map((node) => rotate(node, keyId)));
    // Four requests of four people: each is a rotation.
    expect((await typesOf(keyId)).filter((type) => type === 'VersionRotated')).toHaveLength(20);
    expect(await activeAfterEach(keyId)).toEqual(Array(21).fill(1));
    const versions = await Promise.all(cluster.all.map((node) => node.encrypt(keyId)));
    expect(versions).toEqual(Array(4).fill({ keyId, version: 21 }));
  }, 30_000);

  it('let the expected revision decide when each insists on the revision that it saw: one wins, the others are told', async () => {
    const keyId = await create(cluster.node(0));
    for (let round = 0; round < 5; round += 1) {
      const [{ revision } = { revision: -1 }] = (await eventsOf(keyId)).slice(-1);
      const outcomes = await Promise.allSettled(cluster.all.map((node) => rotate(node, keyId, { ifMatch: revision })));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ kind: 'PreconditionFailed' });
      }
    }
    expect(await activeAfterEach(keyId)).toEqual(Array(6).fill(1));
  }, 30_000);

  it('cut off from the store stop key use within the lease; a revocation answers no sooner, and no use comes after', async () => {
    const [a, d] = [cluster.node(0), cluster.node(3)];
    const keyId = await create(a);
    await d.encrypt(keyId);
    const cutAt = cluster.clock.monotonic();
    d.cable.freeze();
    let lastUse = cutAt;
    let revokedAt = Number.POSITIVE_INFINITY;
    const revoked = disable(a, keyId).then(() => (revokedAt = cluster.clock.monotonic()));
    for (let refused = false; !refused; ) {
      refused = await d.encrypt(keyId).then(
        () => false,
        (error: unknown) => {
          expect(error).toMatchObject({ kind: 'Unavailable' });
          return true;
        },
      );
      if (!refused) lastUse = cluster.clock.monotonic();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await revoked;
    expect(lastUse - cutAt).toBeGreaterThan(0);
    expect(lastUse - cutAt).toBeLessThanOrEqual(LEASE_MS);
    expect(revokedAt).toBeGreaterThan(lastUse);
    await expect(d.encrypt(keyId)).rejects.toMatchObject({ kind: 'Unavailable' });
    // Back by itself, and aware of what happened meanwhile.
    d.cable.mend();
    d.cable.drop();
    await until(() => d.parts.nodes?.lease.held === true, 'the node holds a lease again', 15_000);
    await expect(d.encrypt(keyId)).rejects.toMatchObject({ kind: 'Disabled' });
    const other = await create(a);
    await expect(d.encrypt(other)).resolves.toEqual({ keyId: other, version: 1 });
  }, 40_000);

  describe('of different versions', () => {
    /** As a node of a newer version writes: it has the keys for the MACs, and knows more than these four. */
    const newer = (changes: Partial<NewEvent>): NewEvent => ({
      id: randomUUID(),
      type: 'KeyDescribed',
      schemaVersion: 1,
      data: canonicalJson({ words: 3 }),
      metadata: canonicalJson({ occurredAt: '2026-01-01T00:00:00.000Z', commandId: randomUUID(), requestId: 'r' }),
      mac: new Uint8Array(),
      ...changes,
    });
    const append = async (keyId: string, event: NewEvent): Promise<void> => {
      const { store, keyState } = cluster.node(0).parts;
      const last = (await store.readStream(stream(keyId), 0, 500)).length - 1;
      expect(store).toBeInstanceOf(AuthenticatedEventStore);
      await store.append(stream(keyId), last, [event]);
      await keyState.toHead();
      for (const node of cluster.all) await node.parts.keyState.toHead();
    };

    it.each([
      ['an unknown type', {}],
      ['a newer schemaVersion', { type: 'DescriptionChanged', schemaVersion: 99 }],
      ['a newer form altogether', { data: '{"not":"ours"}', metadata: '{}' }],
    ])(
      'use every key but that with an event of %s, refuse to change it, and name it',
      async (_, changes) => {
        const [keyId, other] = [await create(cluster.node(0)), await create(cluster.node(1))];
        await Promise.all(cluster.all.map((node) => node.encrypt(keyId)));
        await append(keyId, newer(changes));
        for (const node of cluster.all) {
          await expect(node.encrypt(keyId)).rejects.toMatchObject({
            kind: 'Unavailable',
            message: expect.stringContaining('newer version of the service'),
          });
          await expect(disable(node, keyId)).rejects.toMatchObject({ name: 'StreamUnavailable', newer: true });
          await expect(node.encrypt(other)).resolves.toEqual({ keyId: other, version: 1 });
          expect(node.parts.keyState.newer()).toContain(stream(keyId));
          // No alarm of a forgery.
          expect(node.parts.log.filter((line) => line.includes(keyId) && line.includes('does not verify'))).toEqual([]);
        }
        // What follows is passed over as well, and nobody asks twice.
        await append(keyId, newer({ type: 'KeyDescribedAgain' }));
        expect(cluster.node(2).parts.keyState.newer()).toContain(stream(keyId));
        expect(await cluster.node(2).parts.keyState.sumAt(cluster.node(2).parts.keyState.applied)).toEqual(
          cluster.node(3).parts.keyState.sum(),
        );
      },
      30_000,
    );
  });

  it('do what is due once, on whichever of them it is found', async () => {
    const keyId = await create(cluster.node(0));
    await cluster.node(0).commands.execute(
      new SetRotationPolicyCommand(cluster.node(0).call('SetRotationPolicy'), {
        key: byId(keyId),
        rotationPolicy: {
          enabled: true,
          lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P1D' }],
          expiryTime: null,
        },
      }),
    );
    cluster.clock.setWall(cluster.clock.now() + DAY + 60_000);
    const { hsm } = cluster.node(0).parts;
    const before = (await hsm.list('', 500)).length;
    const job = `rotate-${SAMPLE_ACCOUNT}-${SAMPLE_REGION}-${keyId}-v1`;
    const outcomes = await Promise.all(cluster.all.map((node) => node.app.get(DueWork).run(job)));
    expect(outcomes).toContain('done');
    expect((await typesOf(keyId)).filter((type) => type === 'VersionRotated')).toHaveLength(1);
    expect((await hsm.list('', 500)).length - before).toBe(1);
  }, 30_000);
});
