import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EventStore, InMemoryEventStore } from '@claviger/ports';
import { StandInHarness } from '../../../../test/servers/eventstore/harness.js';
import type { AuditFilter } from '../audit-view/filter.js';
import { AuditView, type AuditViewOptions } from '../audit-view/host.js';
import { inlineWorker } from '../audit-view/spawn.js';
import { QuietLogger } from '../audit-view/spec-support.js';
import { FollowedUsage } from '../key-state/followed-usage.js';
import type { UsageCounters } from '../key-state/usage.js';
import type { JournalReplica } from './replica.js';
import { ACCOUNT, clock, KEY, Nodes, waitFor } from '../../../../test/support/journal-nodes.js';

jest.setTimeout(30_000);

const NODES = ['api-1', 'api-2', 'worker-1'];

describe('an admin node among three others, over EventStoreDB (stand-in)', () => {
  let harness: StandInHarness;
  let nodes: Nodes;
  let events: EventStore;
  let namespace = '';
  const logger = new QuietLogger();
  const toClose: (() => Promise<void> | void)[] = [];

  beforeEach(async () => {
    harness = await StandInHarness.start();
    namespace = `journals-${randomUUID().slice(0, 8)}`;
    nodes = new Nodes(harness.open({ namespace, soleWriter: true, keepNewest: { 'journal-mark-': 1 } }));
    events = new InMemoryEventStore();
  });

  afterEach(async () => {
    harness.server.knobs.clear();
    for (const close of toClose.splice(0).reverse()) await close();
    await nodes.close();
    await harness.dispose();
  });

  async function viewOver(replica: JournalReplica, changes: Partial<AuditViewOptions> = {}): Promise<AuditView> {
    const view = AuditView.open({
      path: join(nodes.folder, 'audit.db'),
      journal: replica,
      journalBarrier: () => replica.barrier(),
      events,
      openDetail: async () => '',
      clock,
      logger,
      spawn: inlineWorker,
      ...changes,
    });
    toClose.push(() => view.close());
    await view.start();
    return view;
  }

  async function usageOver(replica: JournalReplica): Promise<FollowedUsage> {
    const path = join(nodes.folder, 'usage-all.db');
    const usage = await FollowedUsage.open({ path, journal: replica, barrier: () => replica.barrier(), clock, logger });
    toClose.push(() => usage.close());
    return usage;
  }

  const all: AuditFilter = { account: ACCOUNT, order: 'oldest' };
  const foundIn = async (view: AuditView, filter = all) => {
    const { items, complete } = await view.search(filter, undefined, 1000);
    expect(complete).toBe(true);
    return items;
  };

  it('shows a call that another node answered before the search began, every time', async () => {
    const replica = nodes.replica();
    const view = await viewOver(replica);
    for (let i = 1; i <= 30; i += 1) {
      const node = NODES[i % 3] ?? '';
      await nodes.calls(node, 1, { id: `call-${i}` });
      const [found] = await foundIn(view, { ...all, request: `call-${i}` });
      expect(found).toMatchObject({ node, principalName: 'alice', operation: 'Decrypt' });
    }
  });

  it('shares few marks among many searches at once', async () => {
    const replica = nodes.replica();
    const view = await viewOver(replica);
    await nodes.calls('api-1', 5);
    const before = harness.server.knobs.calls('append');
    await Promise.all(Array.from({ length: 40 }, () => foundIn(view)));
    expect(harness.server.knobs.calls('append') - before).toBeLessThanOrEqual(3);
  });

  it('holds the calls of all nodes, and goes on after a restart with none lost and none twice', async () => {
    const first = nodes.replica();
    let view = await viewOver(first);
    for (const node of NODES) await nodes.calls(node, 20);
    expect(await foundIn(view)).toHaveLength(60);
    await view.close();
    await first.close();
    for (const node of NODES) await nodes.calls(node, 10);
    await harness.restart();
    const second = nodes.replica();
    view = await viewOver(second);
    await waitFor(() => second.head() === 90, 10_000);
    const ids = (await foundIn(view)).map(({ requestId }) => requestId);
    expect(ids).toHaveLength(90);
    expect(new Set(ids).size).toBe(90);
    expect(nodes.told()).toEqual([]);
  });

  it('says that it may not know everything when the store is cut off, within two seconds', async () => {
    const replica = nodes.replica();
    const view = await viewOver(replica);
    await nodes.calls('api-1', 3);
    expect(await foundIn(view)).toHaveLength(3);
    harness.server.knobs.arm('append', { kind: 'silence', when: 'before' });
    const begun = performance.now();
    const { items, complete } = await view.search(all, undefined, 10);
    expect(items).toHaveLength(3);
    expect(complete).toBe(false);
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  it('goes on by itself after the subscription broke', async () => {
    const replica = nodes.replica();
    const view = await viewOver(replica);
    await nodes.calls('api-1', 3);
    expect(await foundIn(view)).toHaveLength(3);
    await harness.restart();
    await waitFor(() => replica.following);
    await nodes.calls('api-2', 3).catch(() => nodes.calls('api-2', 3));
    await waitFor(() => replica.head() >= 6, 10_000);
    expect((await view.search(all, undefined, 10)).items.length).toBeGreaterThanOrEqual(6);
  });

  it('shows a damage in the journal of one node among the records, and all that lies around it', async () => {
    for (const node of NODES) await nodes.calls(node, 4);
    await nodes.calls('api-1', 4);
    const stream = harness.server.store.streams.of(`${namespace}.audit-journal-api-1`);
    const [group] = stream;
    if (group === undefined) throw new Error('no group');
    // The stand-in holds its log in memory: one byte of it is changed, as somebody with its files would.
    const text = Buffer.from(group.data).toString('utf8');
    const at = text.indexOf('"group":"') + 200;
    group.data[at] = text.charAt(at) === 'A' ? 66 : 65;
    const replica = nodes.replica();
    const view = await viewOver(replica);
    const marks = await foundIn(view, { account: '-', order: 'oldest' });
    expect(marks).toHaveLength(1);
    expect(marks[0]).toMatchObject({ node: 'api-1', error: 'DamagedRecord', result: 'failure' });
    expect(await foundIn(view)).toHaveLength(12);
    expect(nodes.told()).toHaveLength(1);
  });

  it('erases a month of an account on all nodes at once: in the view, and for whoever reads the journals', async () => {
    const replica = nodes.replica();
    const view = await viewOver(replica);
    for (const node of NODES) await nodes.calls(node, 5);
    for (const { principalName } of await foundIn(view)) expect(principalName).toBe('alice');
    await nodes.detailKeys.erase(ACCOUNT, '2026-03');
    await view.eraseDetail(ACCOUNT, '2026-03');
    const rows = await foundIn(view);
    expect(rows).toHaveLength(15);
    for (const row of rows) expect(row).toMatchObject({ principalName: null, sourceAddress: null, erased: true });
    await view.rebuild();
    for (const row of await foundIn(view)) expect(row).toMatchObject({ principalName: null, erased: true });
    await view.close();
    await replica.close();
    const bytes = Buffer.concat(readdirSync(nodes.folder).map((name) => readFileSync(join(nodes.folder, name))));
    expect(bytes.includes('alice')).toBe(false);
    expect(bytes.includes('api-1-1')).toBe(true);
  });

  it('counts uses on every node once, its own too, over restarts, and knows when it is up to date', async () => {
    let replica = nodes.replica();
    let usage = await usageOver(replica);
    for (const node of NODES) await nodes.calls(node, 10, { counts: true, at: Date.UTC(2026, 2, 10) });
    await usage.upToDate();
    expect(usage.usage(KEY, 1)).toMatchObject({ uses: 30, lastUsedAt: Date.UTC(2026, 2, 10) });
    // What the node's own trail tells is in the journals already.
    const told: UsageCounters = usage;
    told.used(1, KEY, 1, 0);
    told.alsoUsed(KEY, 1, 0);
    told.passed(7);
    usage.close();
    await replica.close();
    await nodes.calls('api-2', 5, { counts: true, at: Date.UTC(2026, 2, 11) });
    replica = nodes.replica();
    usage = await usageOver(replica);
    await nodes.calls('api-1', 5, { counts: true, at: Date.UTC(2026, 2, 9) });
    await usage.upToDate();
    expect(usage.usage(KEY, 1)).toMatchObject({ uses: 40, lastUsedAt: Date.UTC(2026, 2, 11) });
  });

  it('refuses to say that uses are up to date when the store does not answer', async () => {
    const replica = nodes.replica();
    const usage = await usageOver(replica);
    await usage.upToDate();
    harness.server.knobs.arm('append', { kind: 'unavailable', when: 'before' });
    await expect(usage.upToDate()).rejects.toMatchObject({ name: 'EventStoreUnavailable' });
  });
});
