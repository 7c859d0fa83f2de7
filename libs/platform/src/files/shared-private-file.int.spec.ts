import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sharedPrivateFile, type SharedPrivateFile } from './shared-private-file.js';
import { createPrivateFile } from './write-private-file.js';

describe('a private file that several processes change', () => {
  let folder: string;
  let path: string;
  let file: SharedPrivateFile;
  const text = (): string => readFileSync(path, 'utf8');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-file-'));
    path = join(folder, 'private', 'some.file');
    const named = { kind: 'seal file', path };
    createPrivateFile(named, Buffer.from('first'), randomBytes);
    file = sharedPrivateFile(named, 100, randomBytes);
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('is replaced by what is made of the present content, private and without a trace beside it', () => {
    const before = statSync(path).ino;
    file.update((present) => Buffer.from(`${Buffer.from(present).toString()} and second`));
    expect(text()).toBe('first and second');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(path).ino).not.toBe(before); // another file took its place: no reader saw a half
    expect(readdirSync(join(folder, 'private')).sort()).toEqual(['some.file', 'some.file.lock']);
  });

  it('stays when nothing is made of it, or the change fails, and can be changed afterwards', () => {
    file.update(() => undefined);
    expect(() =>
      file.update(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(text()).toBe('first');
    file.update(() => Buffer.from('second'));
    expect(text()).toBe('second');
  });

  it('is changed by one process at a time', () => {
    file.update(() => {
      const other = new DatabaseSync(`${path}.lock`, { timeout: 0 });
      expect(() => other.exec('BEGIN EXCLUSIVE')).toThrow(/locked/);
      other.close();
      return undefined;
    });
  });

  it('is not changed while another process holds its lock', () => {
    const other = new DatabaseSync(`${path}.lock`);
    other.exec('BEGIN EXCLUSIVE');
    expect(() => file.update(() => Buffer.from('second'))).toThrow(/no other process changes it/);
    other.close();
    expect(text()).toBe('first');
  }, 20_000);

  it('is refused when it is longer than it may be', () => {
    file.update(() => new Uint8Array(101));
    expect(() => file.read()).toThrow(/at most 100 bytes/);
  });
});
