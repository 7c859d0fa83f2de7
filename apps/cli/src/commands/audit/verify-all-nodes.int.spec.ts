import { createKeyFile, openKeyFileSeal } from '@claviger/adapters/seal-keyfile';
import { JOURNAL_KEY_CONTEXT } from '@claviger/ports';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FakeIo } from '../../../../../test/support/cli/fake-io.js';
import { isGroup, journalKey, Nodes } from '../../../../../test/support/journal-nodes.js';
import { run } from '../../run.js';

let nodes: Nodes;
let io: FakeIo;
const at = (...names: readonly string[]): string => join(nodes.folder, ...names);

beforeEach(async () => {
  nodes = new Nodes();
  io = new FakeIo();
});

afterEach(() => nodes.close());

/** The data folder as an admin node leaves it: three groups of node a, one of node b. */
async function adminNode(): Promise<void> {
  for (const node of ['a', 'a', 'b', 'a']) await nodes.calls(node, 2);
  await keepCopies(nodes);
}

async function keepCopies(of: Nodes): Promise<void> {
  mkdirSync(at('data'), { recursive: true });
  createKeyFile(at('seal', 'root.key'), randomBytes, { dataFolder: at('data') });
  const seal = openKeyFileSeal(at('seal', 'root.key'), { dataFolder: at('data'), random: randomBytes });
  const wrapped = await seal.wrap(journalKey, JOURNAL_KEY_CONTEXT);
  writeFileSync(at('data', 'journals.key'), `${Buffer.from(wrapped).toString('base64')}\n`);
  const replica = of.replica({ path: at('data', 'journals.db') });
  await replica.barrier();
  await replica.close();
}

const verify = (...more: string[]): Promise<number> =>
  run(['audit', 'verify', '--all-nodes', '--data', at('data'), '--seal-keyfile', at('seal', 'root.key'), ...more], io);

function change(sql: string): void {
  const db = new DatabaseSync(at('data', 'journals.db'));
  db.exec(sql);
  db.close();
}

describe('claviger audit verify --all-nodes', () => {
  it('verifies the journal of every node with nothing but the copies and the key file', async () => {
    await adminNode();
    expect(await verify()).toBe(0);
    expect(io.stdout).toMatch(/node +a\nrecords verified +6\nlast record +6\nlast link +[0-9a-f]{64}\n/);
    expect(io.stdout).toMatch(/node +b\nrecords verified +2\n/);
    expect(io.stdout).toContain('The copies of all journals are as they were written.');
    io.stdout = '';
    expect(await verify('--json')).toBe(0);
    expect(JSON.parse(io.stdout)).toMatchObject({ ok: true, journals: [{ node: 'a', entries: 6 }, { node: 'b' }] });
  });

  it('names a copy that was changed or taken out since, and verifies what lies around it', async () => {
    await adminNode();
    change(
      'UPDATE groups SET payload = CAST(substr(payload, 1, length(payload) - 40) || zeroblob(40) AS BLOB) WHERE first = 3',
    );
    expect(await verify()).toBe(1);
    expect(io.stdout).toMatch(
      /node +a\nrecords verified +4\n[^]*WRONG: the copy at place 3 was changed[^]*\(entry 3\)/,
    );
    expect(io.stdout).toMatch(/node +b\nrecords verified +2\n/);
    io.stdout = '';
    change('DELETE FROM groups WHERE first = 3');
    expect(await verify()).toBe(1);
    expect(io.stdout).toMatch(
      /WRONG: the copy at place 7 was changed, or what stood before it was taken out \(entry 3\)/,
    );
  });

  it('names what was found missing when the journals were read from the event store', async () => {
    for (const node of ['a', 'a', 'a']) await nodes.calls(node, 2);
    const copy = await nodes.copied((event) => (isGroup(event, 'a', 1) ? undefined : event));
    await keepCopies(copy);
    await copy.close();
    expect(await verify()).toBe(1);
    expect(io.stdout).toContain('WRONG: entries 3 to 4 of the journal of node a are missing.');
    expect(io.stdout).toMatch(/records verified +4\n/);
  });

  it('says what is not there, and which nodes keep copies', async () => {
    expect(await verify()).toBe(1);
    expect(io.stderr).toContain('Nodes of a cluster with the role admin, worker or all keep one');
  });
});
