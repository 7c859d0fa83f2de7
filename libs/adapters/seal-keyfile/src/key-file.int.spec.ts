import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretBytes } from '@claviger/crypto';
import { isInside, PrivateFileError } from '@claviger/platform';
import { rootRotationConformance, sealConformance } from '@claviger/ports/testing';
import { notRun } from '../../../../test/support/external.js';
import { createKeyFile } from './create.js';
import { openKeyFileSeal } from './open.js';
import type { KeyFileSeal } from './seal.js';

const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'claviger-seal-')), 'seal', 'root.key');
const seals = { dataFolder: join(tmpdir(), 'claviger-no-data'), random: randomBytes };

sealConformance('key file', async () => {
  const [path, other] = [newPath(), newPath()];
  for (const each of [path, other]) createKeyFile(each, randomBytes);
  return {
    seal: openKeyFileSeal(path, seals),
    again: async () => openKeyFileSeal(path, seals),
    stranger: async () => openKeyFileSeal(other, seals),
    dispose: async () => {
      for (const each of [path, other]) rmSync(join(each, '..', '..'), { recursive: true });
    },
  };
});

rootRotationConformance('key file', async () => {
  const path = newPath();
  createKeyFile(path, randomBytes);
  return {
    seal: openKeyFileSeal(path, seals),
    another: async () => openKeyFileSeal(path, seals),
    dispose: async () => rmSync(join(path, '..', '..'), { recursive: true }),
  };
});

describe('key file', () => {
  let folder: string;
  let data: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-seal-'));
    data = join(folder, 'data');
    path = join(folder, 'seal', 'root.key');
    mkdirSync(data);
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const open = (at = path): KeyFileSeal => openKeyFileSeal(at, { dataFolder: data, random: randomBytes });

  /** The error, checked to name the path and to show no digit of the key. */
  function refusal(act: () => unknown): PrivateFileError {
    try {
      act();
    } catch (error) {
      if (!(error instanceof PrivateFileError)) throw error;
      expect(error.message).toContain(error.path);
      if (existsSync(path) && statSync(path).isFile()) {
        const digits = /^key (.{8,})$/m.exec(readFileSync(path, 'latin1'))?.[1];
        if (digits !== undefined) expect(error.message).not.toContain(digits.slice(0, 8));
      }
      return error;
    }
    throw new Error('was not refused');
  }

  it('opens what was created, and the same key each time', async () => {
    createKeyFile(path, randomBytes, { dataFolder: data });
    const wrapped = await open().wrap(SecretBytes.copyOf(Buffer.alloc(32, 3)), 'a context');
    expect((await open().unwrap(wrapped, 'a context'))?.equals(Buffer.alloc(32, 3))).toBe(true);
  });

  it('is written in the documented form, 0600 in a folder of 0700, and leaves nothing else there', () => {
    const drawn: Uint8Array[] = [];
    createKeyFile(path, (length) => {
      const bytes = Buffer.alloc(length, length === 32 ? 0xab : 0x01);
      drawn.push(bytes);
      return bytes;
    });
    expect(readFileSync(path, 'latin1')).toBe(
      `claviger-root-key 1\nkey ${'ab'.repeat(32)}\ncheck ${checkOf('ab'.repeat(32))}\n`,
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'seal')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, 'seal'))).toEqual(['root.key']);
    expect(drawn.filter((bytes) => bytes.length === 32).every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
  });

  it('keeps 0600 whatever the umask lets through', () => {
    const before = process.umask(0);
    try {
      createKeyFile(path, randomBytes);
    } finally {
      process.umask(before);
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'seal')).mode & 0o777).toBe(0o700);
  });

  it.each([
    ['a file', () => writeFileSync(path, 'mine')],
    ['a symbolic link to nowhere', () => symlinkSync(join(folder, 'nowhere'), path)],
    ['a folder', () => mkdirSync(path)],
  ])('is not created over %s', (_, make) => {
    mkdirSync(join(folder, 'seal'), { mode: 0o700 });
    make();
    expect(refusal(() => createKeyFile(path, randomBytes)).expected).toContain('no file there yet');
    expect(readdirSync(join(folder, 'seal'))).toEqual(['root.key']);
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });

  it('is not created twice, and the first one stays', () => {
    createKeyFile(path, randomBytes);
    const first = readFileSync(path);
    refusal(() => createKeyFile(path, randomBytes));
    expect(readFileSync(path).equals(first)).toBe(true);
  });

  it('is refused, never made, when it is missing', () => {
    expect(refusal(() => open()).found).toBe('none');
    expect(existsSync(path)).toBe(false);
  });

  it.each([0o640, 0o620, 0o604, 0o602, 0o660, 0o644, 0o601, 0o677])('is refused when its mode is %o', (mode) => {
    createKeyFile(path, randomBytes);
    chmodSync(path, mode);
    expect(refusal(() => open()).found).toBe(`mode 0${mode.toString(8)}`);
  });

  it('is taken when its owner may only read it', () => {
    createKeyFile(path, randomBytes);
    chmodSync(path, 0o400);
    expect(open().status()).toBe('unsealed');
  });

  it.each([0o770, 0o702, 0o777])('is refused, and not created, in a folder of mode %o', (mode) => {
    createKeyFile(path, randomBytes);
    chmodSync(join(folder, 'seal'), mode);
    expect(refusal(() => open()).found).toBe(`mode 0${mode.toString(8)}`);
    expect(refusal(() => createKeyFile(join(folder, 'seal', 'other.key'), randomBytes)).found).toBe(
      `mode 0${mode.toString(8)}`,
    );
  });

  it('is refused as a symbolic link', () => {
    createKeyFile(path, randomBytes);
    const link = join(folder, 'seal', 'link.key');
    symlinkSync(path, link);
    expect(refusal(() => open(link)).found).toBe('a symbolic link');
  });

  it('is refused as a folder or a pipe, without waiting for the pipe', () => {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    expect(refusal(() => open()).found).toBe('a folder');
    rmSync(path, { recursive: true });
    execFileSync('mkfifo', ['-m', '600', path]);
    expect(refusal(() => open()).found).toContain('pipe');
  });

  const isRoot = process.geteuid?.() === 0;
  if (!isRoot) notRun("another user's key file", 'giving a file away needs root');
  const asRoot = isRoot ? it : it.skip;
  asRoot('is refused when it belongs to another user', () => {
    createKeyFile(path, randomBytes);
    chownSync(path, 4711, 4711);
    expect(refusal(() => open()).found).toBe('user 4711');
  });

  it.each([
    ['directly', () => join(data, 'root.key')],
    ['deep inside', () => join(data, 'a', 'b', 'root.key')],
    ['by a detour', () => join(folder, 'seal', '..', 'data', 'root.key')],
    ['through a link to the folder', () => join(folder, 'link', 'root.key')],
  ])('is refused, and not created, in the data folder: %s (R-3)', (_, at) => {
    symlinkSync(data, join(folder, 'link'));
    expect(refusal(() => createKeyFile(at(), randomBytes, { dataFolder: data })).found).toBe('one inside');
    expect(existsSync(at())).toBe(false);
    createKeyFile(at(), randomBytes);
    expect(refusal(() => open(at())).found).toBe('one inside');
  });

  it('is refused when the data folder is named through a link', () => {
    symlinkSync(data, join(folder, 'link'));
    createKeyFile(join(data, 'root.key'), randomBytes);
    expect(
      refusal(() => openKeyFileSeal(join(data, 'root.key'), { dataFolder: join(folder, 'link'), random: randomBytes }))
        .found,
    ).toBe('one inside');
  });

  it('is taken beside the data folder, and in a folder whose name merely begins alike', () => {
    expect(isInside(join(folder, 'data-seal', 'root.key'), data)).toBe(false);
    expect(isInside(join(folder, '..data', 'root.key'), folder)).toBe(true);
    expect(isInside(folder, data)).toBe(false);
    expect(isInside(data, data)).toBe(true);
    createKeyFile(join(folder, 'data-seal', 'root.key'), randomBytes, { dataFolder: data });
    expect(open(join(folder, 'data-seal', 'root.key')).status()).toBe('unsealed');
  });

  it.each([
    ['nothing', () => '', '0'],
    ['the 32 bytes alone', () => 'k'.repeat(32), '32'],
    ['one byte too few', (text: string) => text.slice(0, -1), '103'],
    ['one byte too many', (text: string) => `${text}\n`, 'more'],
    ['another version', (text: string) => text.replace('key 1', 'key 2'), 'others'],
    ['another second line', (text: string) => text.replace('\nkey ', '\nkee '), 'others'],
    ['another third line', (text: string) => text.replace('\ncheck ', '\nchecc '), 'another'],
    [
      'capital digits',
      (text: string) => text.replace(/\nkey [0-9a-f]+/, (line) => `\nkey ${line.slice(5).toUpperCase()}`),
      'other',
    ],
    ['a character that is no digit', (text: string) => text.replace(/\nkey ./, '\nkey g'), 'other'],
    [
      'one digit of the key changed',
      (text: string) => text.replace(/\nkey (.)/, (_, digit: string) => `\nkey ${digit === '0' ? '1' : '0'}`),
      'another',
    ],
    [
      'one digit of the check changed',
      (text: string) => text.replace(/check (.)/, (_, digit: string) => `check ${digit === '0' ? '1' : '0'}`),
      'another',
    ],
  ])('is refused when it holds %s', (_, change, found) => {
    createKeyFile(path, randomBytes);
    writeFileSync(path, change(readFileSync(path, 'latin1')), 'latin1');
    expect(refusal(() => open()).found).toContain(found);
  });
});

function checkOf(hexKey: string): string {
  return execFileSync('sha256sum', {
    input: Buffer.concat([Buffer.from('claviger-root-key 1'), Buffer.from(hexKey, 'hex')]),
  })
    .toString()
    .slice(0, 8);
}
