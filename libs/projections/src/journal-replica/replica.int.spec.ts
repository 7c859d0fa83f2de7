import { journalStream } from '@claviger/domain';
import {
  type EventRecord,
  groupEvent,
  InMemoryDetailKeys,
  JournalDamaged,
  type NewEvent,
  parseGroupEvent,
} from '@claviger/ports';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { until } from '../audit-view/spec-support.js';
import { ACCOUNT, isGroup, namesOf, Nodes, recordsOf, waitFor } from '../../../../test/support/journal-nodes.js';

jest.setTimeout(20_000);

const opened: Nodes[] = [];
let nodes: Nodes;

beforeEach(() => {
  nodes = new Nodes();
  opened.push(nodes);
});

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const kept = (one: Nodes): Nodes => {
  opened.push(one);
  return one;
};

/** Five groups of node a with two entries each, and one of node b between them. */
async function fiveGroups(): Promise<void> {
  for (let i = 0; i < 5; i += 1) {
    await nodes.calls('a', 2);
    if (i === 2) await nodes.calls('b', 2);
  }
}

/** Another byte somewhere in the entries, as somebody with the right to write to the store would make it. */
function changed(event: EventRecord): NewEvent {
  const found = parseGroupEvent(event);
  if (found === undefined) throw new Error('not a group');
  const record = found.group.entryRecords[0];
  if (record !== undefined) record.bytes[60] = (record.bytes[60] ?? 0) ^ 1;
  return { ...groupEvent(event.stream.slice('audit-journal-'.length), found.payload, found.journalId), id: event.id };
}

describe('the replica of all journals', () => {
  it('holds the entries of every node in one order without a gap, each journal in its own order', async () => {
    await fiveGroups();
    const replica = nodes.replica();
    expect(await replica.barrier()).toBe(12);
    const all = await recordsOf(replica);
    expect(all.filter((id) => id.startsWith('a'))).toEqual(namesOf('a', 1, 10));
    expect(all.filter((id) => id.startsWith('b'))).toEqual(namesOf('b', 1, 2));
    expect(replica.journals).toEqual([
      { node: 'a', head: 10, gaps: 0 },
      { node: 'b', head: 2, gaps: 0 },
    ]);
    expect(nodes.told()).toEqual([]);
  });

  it('reads any page, also one that begins inside a group', async () => {
    await nodes.calls('a', 50);
    const replica = nodes.replica();
    await replica.barrier();
    for (const [after, count] of [
      [0, 100],
      [7, 3],
      [49, 5],
      [50, 5],
      [13, 1],
    ] as const) {
      const page = await replica.read(after, count);
      expect(page.map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: Math.min(count, 50 - after) }, (_, i) => after + 1 + i),
      );
    }
  });

  it('announces what comes in, in order, with opened details, and goes on although a listener throws', async () => {
    const replica = nodes.replica();
    const seen: string[] = [];
    replica.onDurable(() => {
      throw new Error('a listener failed');
    });
    const stop = replica.onDurable((entries) => seen.push(...entries.map(({ open, detail }) => open + detail)));
    await nodes.calls('a', 3);
    await nodes.calls('b', 2);
    await until(() => seen.length === 5);
    expect(seen).toEqual((await replica.read(0, 10)).map(({ open, detail }) => open + detail));
    expect(seen[0]).toContain('"name":"alice"');
    stop();
    await nodes.calls('a', 1);
    await replica.barrier();
    expect(seen).toHaveLength(5);
    expect(nodes.told()).toContain('listener-failed');
  });

  it('goes on where it stood after a restart, in the same order, with nothing lost or doubled', async () => {
    await fiveGroups();
    const first = nodes.replica();
    await first.barrier();
    const before = await recordsOf(first);
    await first.close();
    await nodes.calls('b', 3);
    const second = nodes.replica();
    expect(second.head()).toBe(12);
    expect(await second.barrier()).toBe(15);
    expect(await recordsOf(second)).toEqual([...before, ...namesOf('b', 3, 5)]);
  });

  it('tries again while its file cannot be written, and loses nothing of it', async () => {
    await nodes.calls('a', 2);
    const replica = nodes.replica();
    await replica.barrier();
    const other = new DatabaseSync(join(nodes.folder, 'journals.db'));
    other.exec('BEGIN IMMEDIATE');
    await nodes.calls('b', 2);
    await nodes.calls('a', 2);
    await until(() => nodes.told().includes('subscription-lost'));
    expect(replica.head()).toBe(2);
    expect(replica.following).toBe(false);
    other.exec('ROLLBACK');
    other.close();
    await waitFor(() => replica.head() === 6);
    expect(await recordsOf(replica)).toEqual(['a-1', 'a-2', 'b-1', 'b-2', 'a-3', 'a-4']);
  });

  it('keeps details sealed: nothing of them is in its file, which only its owner may read', async () => {
    await nodes.calls('a', 5);
    const replica = nodes.replica();
    await replica.barrier();
    await replica.close();
    const path = join(nodes.folder, 'journals.db');
    const text = readFileSync(path, 'latin1');
    expect(text).toContain('a-1');
    expect(text).not.toContain('alice');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('reads details as erased once their key is destroyed, of every node, and without keys at all', async () => {
    await nodes.calls('a', 2);
    await nodes.calls('b', 2);
    const replica = nodes.replica();
    await replica.barrier();
    expect((await replica.read(0, 9)).map(({ detail }) => detail.includes('alice'))).toEqual([true, true, true, true]);
    await nodes.detailKeys.erase(ACCOUNT, '2026-03');
    for (const { detail, erased } of await replica.read(0, 9))
      expect({ detail, erased }).toEqual({ detail: '', erased: true });
    await replica.close();
    const without = nodes.replica({ detailKeys: undefined });
    await without.barrier();
    expect((await without.read(0, 9)).every(({ erased }) => erased)).toBe(true);
  });

  it('announces no detail whose key was destroyed while it waited for another key', async () => {
    let asked = false;
    let release = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (release = resolve));
    class SlowKeys extends InMemoryDetailKeys {
      override async forReading(account: string, month: string, generation: number) {
        if (month === '2026-04') {
          asked = true;
          await waiting;
        }
        return nodes.detailKeys.forReading(account, month, generation);
      }
    }
    const replica = nodes.replica({ detailKeys: new SlowKeys(randomBytes) });
    const seen: string[] = [];
    replica.onDurable((entries) => seen.push(...entries.map(({ detail }) => detail)));
    const journal = await nodes.journal('a');
    const detail = '{"name":"alice"}';
    await Promise.all(
      [Date.UTC(2026, 2, 10), Date.UTC(2026, 3, 10)].map((at) =>
        journal.append({ account: ACCOUNT, at, open: '{}', detail }),
      ),
    );
    await until(() => asked);
    await nodes.detailKeys.erase(ACCOUNT, '2026-03');
    release();
    await until(() => seen.length === 2);
    expect(seen).toEqual(['', detail]);
  });

  it('refuses a file of another version, and one that is none', async () => {
    const replica = nodes.replica();
    await replica.close();
    const path = join(nodes.folder, 'journals.db');
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version=99');
    db.close();
    expect(() => nodes.replica()).toThrow('cannot be used');
    writeFileSync(path, 'no database at all, and longer than the header of one would be: '.repeat(20));
    expect(() => nodes.replica()).toThrow('cannot be used');
  });

  it('shares one mark among those who wait at the same time', async () => {
    const replica = nodes.replica();
    await replica.barrier();
    const before = await nodes.store.readStream('journal-mark-me', 0, 100);
    await Promise.all(Array.from({ length: 50 }, () => replica.barrier()));
    const after = await nodes.store.readStream('journal-mark-me', 0, 100);
    expect(after.length - before.length).toBeLessThanOrEqual(2);
  });
});

describe('a journal that was changed in the store', () => {
  it.each([0, 1, 2, 3, 4])(
    'is told and marked at the group, and everything else arrives: group %p',
    async (revision) => {
      await fiveGroups();
      const copy = kept(await nodes.copied((event) => (isGroup(event, 'a', revision) ? changed(event) : event)));
      const replica = copy.replica();
      await replica.barrier();
      const [first, last] = [2 * revision + 1, 2 * revision + 2];
      const mark = `event ${revision} of the journal of node a does not verify: entries from ${first} on are not there`;
      const expected = [...namesOf('a', 1, first - 1), mark, ...namesOf('a', last + 1, 10)];
      const all = await recordsOf(replica);
      expect(all.filter((id) => !id.startsWith('b-'))).toEqual(expected);
      expect(all.filter((id) => id.startsWith('b-'))).toEqual(namesOf('b', 1, 2));
      expect(copy.told()).toEqual([mark]);
      expect(replica.journals.map(({ gaps }) => gaps)).toEqual([1, 0]);
    },
  );

  it('is told when a group was taken out, at the start, in the middle, and one after the other', async () => {
    await fiveGroups();
    for (const [gone, from, to] of [
      [[0], 1, 2],
      [[1, 2], 3, 6],
      [[3], 7, 8],
    ] as const) {
      const revisions: readonly number[] = gone;
      const copy = kept(
        await nodes.copied((event) => (revisions.some((one) => isGroup(event, 'a', one)) ? undefined : event)),
      );
      const replica = copy.replica();
      await replica.barrier();
      const mark = `entries ${from} to ${to} of the journal of node a are missing`;
      expect(copy.told()).toEqual([mark]);
      const [found] = (await replica.read(0, 20)).filter(({ open }) => open.includes('are missing'));
      expect(JSON.parse(found?.open ?? '')).toMatchObject({ node: 'a', error: 'DamagedRecord', calls: to - from + 1 });
    }
  });

  it('is marked once for any number of junk events, and goes on behind them', async () => {
    await nodes.calls('a', 2);
    const junk = (n: number): NewEvent => ({
      id: `5f1c0000-0000-5000-8000-${n.toString(16).padStart(12, '0')}`,
      type: n % 2 === 0 ? 'EntriesRecorded' : 'Other',
      schemaVersion: 1,
      data: '{"group":"AAAA","journal":"00000000000000000000000000000000"}',
      metadata: '{}',
      mac: new Uint8Array(),
    });
    for (let n = 0; n < 30; n += 1) await nodes.store.append(journalStream('evil'), n - 1, [junk(n)]);
    await nodes.calls('a', 2);
    const replica = nodes.replica();
    await replica.barrier();
    expect(nodes.told()).toEqual([
      'event 0 of the journal of node evil does not verify: entries from 1 on are not there',
    ]);
    expect(await recordsOf(replica)).toHaveLength(5);
  });

  it('is told when a group of another journal stands in its place, or an old one is repeated', async () => {
    await fiveGroups();
    const [stolen] = await nodes.store.readStream(journalStream('b'), 0, 1);
    const moved = kept(
      await nodes.copied((event) => (isGroup(event, 'a', 1) ? { ...event, ...onlyBody(stolen) } : event)),
    );
    const first = moved.replica();
    await first.barrier();
    expect(moved.told()[0]).toContain('of node a');
    const [old] = await nodes.store.readStream(journalStream('a'), 0, 1);
    const repeated = kept(
      await nodes.copied((event) => (isGroup(event, 'a', 4) ? { ...event, ...onlyBody(old) } : event)),
    );
    const second = repeated.replica();
    await second.barrier();
    expect(repeated.told()).toEqual([
      'the journal of node a goes on with entry 1 although entry 8 was seen here: an older copy took its place',
    ]);
  });

  it('is told when a group fits by its number and was written behind another history', async () => {
    await fiveGroups();
    // Somebody went on from the first group elsewhere; one of those groups takes the place of one here.
    const fork = kept(await nodes.copied((event) => (isGroup(event, 'a', 0) ? event : undefined)));
    for (let i = 0; i < 3; i += 1) await fork.calls('a', 2, { operation: 'Encrypt' });
    const [theirs] = await fork.store.readStream(journalStream('a'), 2, 1);
    const mixed = kept(
      await nodes.copied((event) => (isGroup(event, 'a', 2) ? { ...event, ...onlyBody(theirs) } : event)),
    );
    const replica = mixed.replica();
    await replica.barrier();
    expect(mixed.told()).toEqual([
      'entry 5 of the journal of node a was not written behind the entry 4 that was seen here',
      'entry 7 of the journal of node a was not written behind the entry 6 that was seen here',
    ]);
  });

  it('is told when a group claims another journal id, which would hide its details', async () => {
    await fiveGroups();
    const copy = kept(
      await nodes.copied((event) =>
        isGroup(event, 'a', 1)
          ? { ...event, data: event.data.replace(/"journal":"[0-9a-f]{32}"/, `"journal":"${'0'.repeat(32)}"`) }
          : event,
      ),
    );
    const replica = copy.replica();
    await replica.barrier();
    expect(copy.told()).toEqual([
      'event 1 of the journal of node a claims to be of another journal: entries from 3 on are not there',
    ]);
    expect((await recordsOf(replica)).filter((id) => id.startsWith('a-'))).toHaveLength(8);
  });

  it('is told at the next start when the store no longer holds what was read from it; what is here stays', async () => {
    await fiveGroups();
    const replica = nodes.replica();
    await replica.barrier();
    await replica.close();
    // An older copy of the store: the last three groups of a are gone.
    const older = kept(
      await nodes.copied((event) => (event.stream === journalStream('a') && event.revision > 1 ? undefined : event)),
    );
    const again = older.replica({ path: join(nodes.folder, 'journals.db') });
    await until(() => older.told().length === 2);
    expect(older.told()).toEqual(['store-cut', 'store-cut']);
    expect(await recordsOf(again)).toHaveLength(12);
    // The nodes write on behind the older end.
    await older.calls('c', 2);
    await again.barrier();
    expect((await recordsOf(again)).slice(12)).toEqual(namesOf('c', 1, 2));
  });

  it('is damaged for the reader when the copy itself was changed on disk', async () => {
    await nodes.calls('a', 3);
    const replica = nodes.replica();
    await replica.barrier();
    const db = new DatabaseSync(join(nodes.folder, 'journals.db'));
    const payload = db.prepare('SELECT payload FROM groups').get()?.['payload'];
    if (!(payload instanceof Uint8Array)) throw new Error('no payload');
    payload[payload.length - 50] = (payload[payload.length - 50] ?? 0) ^ 1;
    db.prepare('UPDATE groups SET payload=?').run(payload);
    db.close();
    await expect(replica.read(0, 10)).rejects.toThrow(JournalDamaged);
  });
});

const onlyBody = (event: EventRecord | undefined): Pick<NewEvent, 'data' | 'mac'> => ({
  data: event?.data ?? '',
  mac: event?.mac ?? new Uint8Array(),
});
