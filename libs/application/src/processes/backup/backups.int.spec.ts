import { setImmediate as turn } from 'node:timers/promises';
import { type BackupContent, type BackupEnd, type BackupHeader, readBackup } from '@claviger/ports';
import { type MemoryService, memoryService } from '../../../../../test/support/memory-service.js';
import { TestFacts } from '../../../../../test/support/admin.js';
import { Backups } from './backups.js';

let service: MemoryService;
let backups: Backups;
beforeEach(async () => {
  service = await memoryService();
  backups = new Backups({ ...service.parts, facts: new TestFacts() });
});
afterEach(() => service.close());

interface Taken {
  readonly header: BackupHeader;
  readonly end: BackupEnd;
  readonly lines: readonly BackupContent[];
}

async function take(meanwhile: () => Promise<unknown> = async () => undefined): Promise<Taken> {
  const lines: BackupContent[] = [];
  const { bytes } = await backups.begin();
  const read = await readBackup(slowed(bytes, meanwhile), { content: (line) => void lines.push(line) });
  return { ...read, lines };
}

async function* slowed(
  bytes: AsyncIterable<Uint8Array>,
  meanwhile: () => Promise<unknown>,
): AsyncGenerator<Uint8Array> {
  await meanwhile();
  for await (const piece of bytes) {
    yield piece;
    await meanwhile();
  }
}

describe('a backup', () => {
  it('holds every event to its position, and the material of each of them', async () => {
    for (let n = 0; n < 20; n += 1) await service.createKey();
    const { header, end, lines } = await take();
    const stored = await service.parts.store.readAll({ after: 0n, maxCount: 1000 });
    const events = lines.flatMap((line) => (line.kind === 'event' ? [[line.stream, line.revision, line.id]] : []));
    expect(events).toEqual(stored.events.map(({ stream, revision, id }) => [stream, revision, id]));
    expect(header.position).toBe(String(await service.parts.store.head()));
    const sealed = new Set(lines.flatMap((line) => (line.kind === 'sealed' ? [line.reference] : [])));
    for (const reference of await service.parts.hsm.list('', 100)) expect(sealed.has(reference)).toBe(true);
    expect(end.counts.events).toBe(stored.events.length);
  });

  it('stops at the position where it began, however much is added while it is taken', async () => {
    for (let n = 0; n < 5; n += 1) await service.createKey();
    const { header, lines } = await take(() => service.createKey());
    const stored = await service.parts.store.readAll({ after: 0n, maxCount: 1000 });
    const before = stored.events.filter(({ position }) => position <= BigInt(header.position));
    expect(before.length).toBeLessThan(stored.events.length);
    expect(lines.filter(({ kind }) => kind === 'event')).toHaveLength(before.length);
  });

  it('names material in its register that was destroyed while it was taken', async () => {
    const { keyId } = (await service.createKey()).key;
    const [reference] = service.parts.keyState.listMaterial(undefined, 1).items.map((item) => item.reference);
    const { end } = await take(async () => {
      await service.parts.anchor.registerDestruction(reference ?? '');
    });
    expect(keyId).toBeDefined();
    expect(end.counts.destroyed).toBe(1);
  });

  it('is made one at a time, and the next one as soon as the first was taken, given up or forgotten', async () => {
    const first = await backups.begin();
    await expect(backups.begin()).rejects.toMatchObject({ kind: 'Conflict' });
    await first.bytes.cancel();
    await take();
    const forgotten = await backups.begin();
    await expect(backups.begin()).rejects.toMatchObject({ kind: 'Conflict' });
    service.parts.clock.advance(61_000);
    await expect(forgotten.bytes.getReader().read()).rejects.toThrow('nobody took the next piece');
    await take();
    expect(service.parts.log.join('')).toContain('a backup was not finished');
  });

  it('reads nothing ahead of who takes it', async () => {
    let reads = 0;
    const { store } = service.parts;
    const counted = new Proxy(store, {
      get: (target, name) => {
        if (name === 'readAll') reads += 1;
        const value: unknown = Reflect.get(target, name);
        return bound(value, target);
      },
    });
    const { bytes } = await new Backups({ ...service.parts, store: counted, facts: new TestFacts() }).begin();
    for (let n = 0; n < 20; n += 1) await turn();
    expect(reads).toBe(0);
    await bytes.cancel();
  });

  it('fails, and says so to who takes it, when a store fails in the middle', async () => {
    const { sealedStore } = service.parts;
    const broken = new Proxy(sealedStore, {
      get: (target, name) => {
        if (name === 'list') return () => Promise.reject(new Error('the disk is gone'));
        const value: unknown = Reflect.get(target, name);
        return bound(value, target);
      },
    });
    const failing = new Backups({
      ...service.parts,
      backup: { ...service.parts.backup, sealed: broken },
      facts: new TestFacts(),
    });
    const { bytes } = await failing.begin();
    await expect(readBackup(bytes, {})).rejects.toThrow('the disk is gone');
    await (await failing.begin()).bytes.cancel();
  });
});

/** Methods of a class with private fields work on the object itself only. */
function bound(value: unknown, target: object): unknown {
  return typeof value === 'function' ? (...args: unknown[]): unknown => Reflect.apply(value, target, args) : value;
}
