import { type MemoryNode, MemoryCluster, settle } from '../../../../../test/support/memory-nodes.js';
import { DisableKeyCommand } from '../../change/disable-key.js';
import { EnableKeyCommand } from '../../change/enable-key.js';
import { RotateKeyCommand } from '../../change/rotate-key.js';
import { LEASE_MS } from '../../access/lease.js';
import { Holds } from '../holds.js';
import { randomUUID } from 'node:crypto';

const byId = (keyId: string) => ({ kind: 'id', keyId }) as const;
const disable = (node: MemoryNode, keyId: string) =>
  node.commands.execute(new DisableKeyCommand(node.call('DisableKey'), { key: byId(keyId), version: null }));

/** Outcome of a promise so far. */
function watch<T>(promise: Promise<T>): { state: 'waits' | 'answered' | 'refused'; reason?: unknown } {
  const seen: ReturnType<typeof watch> = { state: 'waits' };
  promise.then(
    () => (seen.state = 'answered'),
    (reason: unknown) => Object.assign(seen, { state: 'refused', reason }),
  );
  return seen;
}

/** Holds every use of material on a node until released. */
function holdUses(node: MemoryNode): () => void {
  const { hsm } = node.parts;
  const use = hsm.use.bind(hsm);
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  jest.spyOn(hsm, 'use').mockImplementation(async (...args) => {
    await released;
    return use(...args);
  });
  return () => release();
}

describe('several nodes on one event store', () => {
  let cluster: MemoryCluster;
  let a: MemoryNode;
  let b: MemoryNode;

  beforeEach(async () => {
    cluster = new MemoryCluster();
    a = await cluster.start('a');
    b = await cluster.start('b');
  });

  afterEach(() => cluster.close());

  it('use at once on one what was made on another', async () => {
    const { key } = await a.createKey();
    await expect(b.encrypt(key.keyId)).resolves.toBeInstanceOf(Uint8Array);
    const made = await b.createKey();
    await expect(a.encrypt(made.key.keyId)).resolves.toBeInstanceOf(Uint8Array);
  });

  it('refuse on every node what was disabled on one, from its answer on, without any time passing', async () => {
    const { key } = await a.createKey();
    await b.encrypt(key.keyId);
    await disable(a, key.keyId);
    await expect(b.encrypt(key.keyId)).rejects.toMatchObject({ kind: 'Disabled' });
  });

  it('encrypt under no version that was rotated away, on no node, from the answer on', async () => {
    const { key } = await a.createKey();
    const before = await b.encrypt(key.keyId);
    await a.commands.execute(
      new RotateKeyCommand(a.call('RotateKey'), { key: byId(key.keyId), trigger: 'on_demand', spec: null }),
    );
    const after = await b.encrypt(key.keyId);
    const version = (blob: Uint8Array): number => Buffer.from(blob).readUInt32BE(20);
    expect([version(before), version(after)]).toEqual([1, 2]);
  });

  it('answer a revocation only when the calls that another node had authorised before have ended', async () => {
    const { key } = await a.createKey();
    const release = holdUses(b);
    const call = watch(b.encrypt(key.keyId));
    await settle();
    const revoked = watch(disable(a, key.keyId));
    await cluster.pass(2_000);
    expect([call.state, revoked.state]).toEqual(['waits', 'waits']);
    release();
    await settle();
    expect([call.state, revoked.state]).toEqual(['answered', 'answered']);
  });

  it('answer a revocation that finds nothing left to do no sooner than the first, on any node', async () => {
    const { key } = await a.createKey();
    const c = await cluster.start('c');
    const release = holdUses(b);
    void b.encrypt(key.keyId);
    await settle();
    const first = watch(disable(a, key.keyId));
    await settle();
    const second = watch(disable(c, key.keyId));
    await settle();
    expect([first.state, second.state]).toEqual(['waits', 'waits']);
    release();
    await settle();
    expect([first.state, second.state]).toEqual(['answered', 'answered']);
  });

  it('wait for a node that is cut off until its lease has run out; it uses no key from then on', async () => {
    const { key } = await a.createKey();
    await b.encrypt(key.keyId);
    await cluster.pass(1_000);
    b.cable.sever();
    const revoked = watch(disable(a, key.keyId));
    await settle();
    // It does not know yet, and may still serve: that is why the answer waits.
    await expect(b.encrypt(key.keyId)).resolves.toBeInstanceOf(Uint8Array);
    expect(revoked.state).toBe('waits');
    await cluster.pass(2 * LEASE_MS, 50, () => revoked.state !== 'waits');
    expect(revoked.state).toBe('answered');
    await expect(b.encrypt(key.keyId)).rejects.toMatchObject({ kind: 'Unavailable' });
  });

  it('serve again by themselves when the store is back, and know then what happened', async () => {
    const { key } = await a.createKey();
    await b.encrypt(key.keyId);
    b.cable.sever();
    await cluster.pass(LEASE_MS + 1_000);
    await expect(b.encrypt(key.keyId)).rejects.toMatchObject({ kind: 'Unavailable' });
    await disable(a, key.keyId);
    b.cable.mend();
    await cluster.pass(2_000);
    await expect(b.encrypt(key.keyId)).rejects.toMatchObject({ kind: 'Disabled' });
    await a.commands.execute(new EnableKeyCommand(a.call('EnableKey'), { key: byId(key.keyId), version: null }));
    await expect(b.encrypt(key.keyId)).resolves.toBeInstanceOf(Uint8Array);
  });

  it('do not let a result go whose lease ran out on the way', async () => {
    const { key } = await a.createKey();
    const release = holdUses(b);
    const call = watch(b.encrypt(key.keyId));
    await settle();
    b.cable.sever();
    const revoked = watch(disable(a, key.keyId));
    await cluster.pass(LEASE_MS + 500);
    expect(revoked.state).toBe('answered');
    release();
    await settle();
    expect(call).toMatchObject({ state: 'refused', reason: { kind: 'Unavailable' } });
  });

  it('do not wait for a node that has left', async () => {
    const { key } = await a.createKey();
    await b.parts.nodes?.leave();
    await disable(a, key.keyId);
    await expect(b.encrypt(key.keyId)).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(a.parts.nodes?.nodes()).toEqual([]);
  });

  it('tell two runs of one node apart: the new one is not taken for the one that was killed', async () => {
    const { key } = await a.createKey();
    const release = holdUses(b);
    void b.encrypt(key.keyId).catch(() => undefined);
    await settle();
    cluster.kill(b);
    const again = await cluster.start('b');
    await again.encrypt(key.keyId);
    const revoked = watch(disable(a, key.keyId));
    await settle();
    expect(revoked.state).toBe('waits');
    await cluster.pass(LEASE_MS + 500);
    expect(revoked.state).toBe('answered');
    release();
  });

  it('ask only once whether a node that was killed is gone', async () => {
    const keys = [await a.createKey(), await a.createKey(), await a.createKey()].map(({ key }) => key.keyId);
    const [first = '', second = '', third = ''] = keys;
    cluster.kill(b);
    const beats = async (): Promise<number> => (await cluster.events.readStream('heartbeat-a', 0, 1_000)).length;
    const revoked = watch(disable(a, first));
    await cluster.pass(LEASE_MS + 500);
    expect(revoked.state).toBe('answered');
    const cost: number[] = [];
    for (const keyId of [second, third]) {
      const before = await beats();
      await disable(a, keyId);
      await settle();
      cost.push((await beats()) - before);
    }
    // One for the change that was drained here; none to look for the dead.
    expect(cost).toEqual([1, 1]);
  });

  it('wait no longer than a lease for a call elsewhere that does not end, whose result then never goes out', async () => {
    const { key } = await a.createKey();
    const release = holdUses(b);
    const hung = watch(b.encrypt(key.keyId));
    await settle();
    const revoked = watch(disable(a, key.keyId));
    await settle();
    await cluster.pass(LEASE_MS - 250);
    expect(revoked.state).toBe('waits');
    await cluster.pass(500);
    expect(revoked.state).toBe('answered');
    release();
    await settle();
    expect(hung).toMatchObject({ state: 'refused', reason: { kind: 'Unavailable' } });
  });

  it('say that a change is stored, and not through, where nobody can tell that it is', async () => {
    const { key } = await a.createKey();
    const { nodes } = a.parts;
    if (nodes === undefined) throw new Error('this node is alone');
    jest.spyOn(nodes, 'settled').mockReturnValueOnce(new Promise(() => undefined));
    const revoked = watch(disable(a, key.keyId));
    await settle();
    await cluster.pass(10_000);
    expect(revoked).toMatchObject({ state: 'refused', reason: { kind: 'Unavailable' } });
    expect((revoked.reason as Error).message).toContain('Repeat this one');
    await disable(a, key.keyId);
    await expect(b.encrypt(key.keyId)).rejects.toMatchObject({ kind: 'Disabled' });
  });

  it('take a new node in whose anchor is empty while another one lives, and hold it where none does', async () => {
    const { key } = await a.createKey();
    const c = await cluster.start('c');
    expect(c.app.get(Holds).all()).toEqual([]);
    for (const node of [a, b, c]) cluster.kill(node);
    await cluster.pass(LEASE_MS);
    const alone = await cluster.startWhile('d', (started) => cluster.pass(10_000, 250, () => started.done));
    expect(alone.app.get(Holds).all()).toMatchObject([{ kind: 'anchor', stops: 'use' }]);
    await expect(alone.encrypt(key.keyId)).rejects.toMatchObject({ kind: 'Unavailable' });
  });

  it('believe no heartbeat that was forged or that speaks for another node', async () => {
    const { key } = await a.createKey();
    await b.encrypt(key.keyId);
    b.cable.sever();
    const beats = await cluster.events.readStream('heartbeat-b', 0, 100);
    const last = beats.at(-1);
    if (last === undefined) throw new Error('no heartbeat');
    const text = (changes: object) => JSON.stringify({ ...(JSON.parse(last.data) as object), ...changes });
    // Who can write the database says that b has left: without the key, and with an event of another stream.
    const forged = { ...last, id: randomUUID(), data: text({ phase: 'leaving' }) };
    await cluster.events.append('heartbeat-b', last.revision, [forged]);
    await a.parts.store.append('heartbeat-x', -1, [{ ...forged, id: randomUUID() }]);
    const revoked = watch(disable(a, key.keyId));
    await cluster.pass(2_000);
    expect(revoked.state).toBe('waits');
    await cluster.pass(LEASE_MS);
    expect(revoked.state).toBe('answered');
  });

  it('wait for the lease of a node whose heartbeats they cannot read: it may be of a newer version, and use keys', async () => {
    const { key } = await a.createKey();
    const beats = await cluster.events.readStream('heartbeat-b', 0, 100);
    const last = beats.at(-1);
    if (last === undefined) throw new Error('no heartbeat');
    const newer = { ...last, schemaVersion: 2, data: '{"form":"another"}' };
    await a.parts.store.append('heartbeat-n', -1, [{ ...newer, id: randomUUID() }]);
    const revoked = watch(disable(a, key.keyId));
    await cluster.pass(2_000);
    await a.parts.store.append('heartbeat-n', 0, [{ ...newer, id: randomUUID() }]);
    await cluster.pass(LEASE_MS - 1_000);
    expect(revoked.state).toBe('waits');
    await cluster.pass(2_000);
    expect(revoked.state).toBe('answered');
  });

  it('rotate a key once, however many of them rotate it for one reason', async () => {
    const { key } = await a.createKey();
    const c = await cluster.start('c');
    const rotate = (node: MemoryNode) =>
      node.commands.execute(
        new RotateKeyCommand(node.call('RotateKey', { idempotencyKey: 'one', requestHash: 'same' }), {
          key: byId(key.keyId),
          trigger: 'on_demand',
          spec: null,
        }),
      );
    await Promise.all([a, b, c].map(rotate));
    const state = await a.parts.keyState.key(key.account, key.region, key.keyId);
    expect(state?.attributes.lastVersion).toBe(2);
  });
});
