import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InMemorySeal } from '@claviger/ports';
import { openJournalKey, wrappedJournalKey } from './embedded-journal-key.js';

describe('the key of the journal beside it', () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'claviger-journal-key-')), 'journal');
  });
  afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

  it('is made once, and is refused under another root key', async () => {
    const seal = new InMemorySeal(randomBytes);
    const key = await openJournalKey(folder, seal, randomBytes);
    expect((await openJournalKey(folder, seal, randomBytes)).equals(key)).toBe(true);
    await expect(openJournalKey(folder, new InMemorySeal(randomBytes), randomBytes)).rejects.toMatchObject({
      name: 'SealDoesNotFit',
      message: expect.stringContaining('expected a key wrapped under the present root key'),
    });
  });

  it('follows an exchange of the root key: it is replaced where it is still what was read, and by nothing half-written', async () => {
    const seal = new InMemorySeal(randomBytes);
    const place = wrappedJournalKey(folder);
    expect(await place.read()).toBeUndefined();
    expect(await place.replace(randomBytes(73), randomBytes(73))).toBe(false);
    const key = await openJournalKey(folder, seal, randomBytes);
    const before = (await place.read()) ?? new Uint8Array();
    const { to } = await seal.beginRootChange(0);
    const next = await seal.rewrap(before, place.context);
    if (!(next instanceof Uint8Array)) throw new Error(String(next));
    expect(await place.replace(next, next)).toBe(false);
    expect(await place.replace(before, next)).toBe(true);
    expect(await place.replace(before, next)).toBe(false);
    await seal.finishRootChange(to);
    expect((await openJournalKey(folder, seal, randomBytes)).equals(key)).toBe(true);
    expect(readdirSync(folder)).toEqual(['journal.key']);
    expect(statSync(join(folder, 'journal.key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'journal.key'), 'utf8')).toMatch(/^[A-Za-z0-9+/]+=*\n$/);
  });
});
