import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HmacSha256 } from '@claviger/crypto';
import { JsonLogger, SystemClock } from '@claviger/platform';
import { ANCHOR_FILE, AnchorDamaged, type AnchorState, AnchorUnavailable } from '@claviger/ports';
import { anchorConformance, SimulatedDisk } from '@claviger/ports/testing';
import { FileAnchor } from './anchor.js';

// 100,000 marks are written before they are read.
jest.setTimeout(60_000);

const FOLDER = '/anchor';
const PATH = `${FOLDER}/${ANCHOR_FILE}`;
const key = new HmacSha256(new Uint8Array(32).fill(4));
const lines: string[] = [];
const logger = new JsonLogger({ level: 'info', clock: new SystemClock(), sink: (line) => void lines.push(line) });

const folders: string[] = [];
function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'claviger-anchor-'));
  folders.push(folder);
  return join(folder, 'anchor');
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => lines.splice(0));

const onDisk = (folder: string): Promise<FileAnchor> => FileAnchor.open({ folder, key, logger });
const simulated = (disk: SimulatedDisk, over: { key?: HmacSha256 } = {}): Promise<FileAnchor> =>
  FileAnchor.open({ folder: FOLDER, key, logger, files: disk.mount(), ...over });

const stateAt = (n: number): AnchorState => ({
  journal: { sequence: n, link: n.toString(16).padStart(64, '0') },
  store: { position: String(n), sum: '00' },
  heartbeat: n,
});

anchorConformance('FileAnchor on real files', () => onDisk(freshFolder()));
anchorConformance('FileAnchor on a simulated disk', () => simulated(new SimulatedDisk()));

describe('the anchor on real files', () => {
  it('keeps its file to itself (0600, folder 0700) and leaves nothing beside it', async () => {
    const folder = freshFolder();
    const anchor = await onDisk(folder);
    await anchor.raiseVersionMark('key-1', 2);
    await anchor.close();
    expect(readdirSync(folder)).toEqual([ANCHOR_FILE]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, ANCHOR_FILE)).mode & 0o777).toBe(0o600);
  });

  it('knows everything again after it was opened anew', async () => {
    const folder = freshFolder();
    for (let round = 1; round <= 3; round++) {
      const anchor = await onDisk(folder);
      await anchor.advance(stateAt(round));
      await anchor.raiseVersionMark(`key-${round}`, round);
      await anchor.registerDestruction(`material-${round}`);
      await anchor.close();
    }
    const anchor = await onDisk(folder);
    expect(anchor.state()).toEqual(stateAt(3));
    expect([1, 2, 3, 4].map((n) => anchor.versionMark(`key-${n}`))).toEqual([1, 2, 3, 0]);
    expect(anchor.destroyed().size).toBe(3);
    await anchor.close();
  });

  it('opens with the marks of 100,000 keys in a fraction of a second, and stays small however often they move', async () => {
    const folder = freshFolder();
    let anchor = await onDisk(folder);
    const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    await Promise.all(Array.from({ length: 100_000 }, (_, n) => anchor.raiseVersionMark(id(n), 1)));
    for (let n = 0; n < 200; n++) await anchor.advance(stateAt(n));
    await anchor.close();
    const started = process.hrtime.bigint();
    anchor = await onDisk(folder);
    const milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
    expect(anchor.versionMark(id(99_999))).toBe(1);
    // Measured at about 150 ms; the bound only has to catch another order of growth on a busy machine.
    expect(milliseconds).toBeLessThan(3000);
    await anchor.close();
    expect(statSync(join(folder, ANCHOR_FILE)).size).toBeLessThan(6_000_000);
  });
});

describe('the file of the anchor', () => {
  it('is written anew when it has grown far beyond what is alive in it', async () => {
    const disk = new SimulatedDisk();
    const anchor = await simulated(disk);
    let longest = 0;
    for (let n = 0; n < 3000; n++) {
      await anchor.advance(stateAt(n));
      longest = Math.max(longest, disk.bytes(PATH)?.length ?? 0);
    }
    expect(longest).toBeGreaterThan(200_000);
    expect(longest).toBeLessThan(300_000);
    expect(disk.bytes(PATH)?.length).toBeLessThan(longest);
    await anchor.close();
    expect((await simulated(disk)).state()).toEqual(stateAt(2999));
  });

  it('shares one flush among all callers that came while the last one was under way', async () => {
    const disk = new SimulatedDisk();
    const anchor = await simulated(disk);
    let flushes = 0;
    disk.fault = (operation) => {
      if (operation === 'datasync') flushes++;
      return undefined;
    };
    await Promise.all(Array.from({ length: 50 }, (_, n) => anchor.raiseVersionMark(`key-${n}`, 1)));
    expect(flushes).toBe(1);
    await anchor.close();
  });

  it('answers nobody before the flush is done', async () => {
    const disk = new SimulatedDisk();
    const anchor = await simulated(disk);
    const releases: (() => void)[] = [];
    disk.holdDatasync = (release) => releases.push(release);
    let answered = false;
    const waiting = anchor.raiseVersionMark('key-1', 4).then(() => (answered = true));
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    expect([answered, anchor.versionMark('key-1'), releases.length]).toEqual([false, 0, 1]);
    releases[0]?.();
    await waiting;
    expect(anchor.versionMark('key-1')).toBe(4);
    await anchor.close();
  });

  it('loses nothing acknowledged when the power is cut, whatever is left of the flush under way', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const disk = new SimulatedDisk();
      const anchor = await simulated(disk);
      for (let n = 1; n <= seed; n++) await anchor.raiseVersionMark('key-1', n);
      await anchor.registerDestruction('material-1');
      disk.holdDatasync = () => undefined;
      for (let n = 0; n < 60; n++) anchor.raiseVersionMark(`other-${n}`, 1).catch(() => undefined);
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
      disk.crash((_, sector) => ((seed >> (sector % 3)) & 1) === 1);
      disk.holdDatasync = undefined;
      const reopened = await simulated(disk);
      expect([reopened.versionMark('key-1'), reopened.destroyed().has('material-1')]).toEqual([seed, true]);
      await reopened.raiseVersionMark('key-1', seed + 1);
      disk.crash();
      expect((await simulated(disk)).versionMark('key-1')).toBe(seed + 1);
    }
  });

  it('is whole at every byte at which its last flush may end', async () => {
    const disk = new SimulatedDisk();
    const anchor = await simulated(disk);
    await anchor.raiseVersionMark('key-1', 7);
    const before = disk.bytes(PATH)?.length ?? 0;
    await anchor.raiseVersionMark('key-1', 8);
    await anchor.close();
    const whole = Buffer.from(disk.bytes(PATH) ?? []);
    for (let end = before; end <= whole.length; end++) {
      disk.plant(PATH, whole.subarray(0, end));
      const reopened = await simulated(disk);
      expect([end, reopened.versionMark('key-1')]).toEqual([end, end === whole.length ? 8 : 7]);
      await reopened.close();
    }
  });

  it('is refused when any byte of it was changed, with a message that says where', async () => {
    const disk = new SimulatedDisk();
    const anchor = await simulated(disk);
    await anchor.advance(stateAt(1));
    await anchor.raiseVersionMark('key-1', 7);
    await anchor.close();
    const whole = Buffer.from(disk.bytes(PATH) ?? []);
    for (let offset = 0; offset < whole.length; offset++) {
      const changed = Buffer.from(whole);
      changed[offset] = (changed[offset] ?? 0) ^ 0x20;
      disk.plant(PATH, changed);
      const opened = await simulated(disk).catch((error: unknown) => error);
      // A length that now reaches beyond the end looks like a flush that was cut: then what it held is missing, never wrong.
      if (opened instanceof FileAnchor) expect([offset, opened.versionMark('key-1')]).toEqual([offset, 0]);
      else expect(opened).toBeInstanceOf(AnchorDamaged);
    }
    disk.plant(PATH, whole);
    const other = new HmacSha256(new Uint8Array(32).fill(5));
    await expect(simulated(disk, { key: other })).rejects.toThrow(
      /\/anchor\/anchor\.log does not verify under the anchor key/,
    );
    disk.plant(PATH, Buffer.alloc(0));
    await expect(simulated(disk)).rejects.toThrow(AnchorDamaged);
  });

  it('is refused when a flush in the middle was taken out', async () => {
    const disk = new SimulatedDisk();
    const anchor = await simulated(disk);
    const ends: number[] = [];
    for (let n = 1; n <= 4; n++) {
      await anchor.raiseVersionMark('key-1', n);
      ends.push(disk.bytes(PATH)?.length ?? 0);
    }
    await anchor.close();
    const whole = Buffer.from(disk.bytes(PATH) ?? []);
    disk.plant(PATH, Buffer.concat([whole.subarray(0, ends[1]), whole.subarray(ends[2])]));
    await expect(simulated(disk)).rejects.toThrow(AnchorDamaged);
  });
});

describe('an anchor that cannot be written', () => {
  it.each(['EIO', 'ENOSPC', 'EROFS'])('says so on %s, keeps what it knew, and recovers by itself', async (code) => {
    const disk = new SimulatedDisk();
    const anchor = await simulated(disk);
    await anchor.raiseVersionMark('key-1', 3);
    disk.fault = (operation) => (operation === 'write' || operation === 'create' ? code : undefined);
    for (let n = 0; n < 3; n++) {
      const failed = await anchor.raiseVersionMark('key-1', 4).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(AnchorUnavailable);
    }
    expect([anchor.writable(), anchor.versionMark('key-1')]).toEqual([false, 3]);
    disk.fault = () => undefined;
    await anchor.advance(stateAt(9));
    expect(anchor.writable()).toBe(true);
    disk.crash();
    const reopened = await simulated(disk);
    expect([reopened.versionMark('key-1'), reopened.state()]).toEqual([3, stateAt(9)]);
    expect(lines.filter((line) => line.includes('cannot be written'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('can be written again'))).toHaveLength(1);
  });

  it('appends nothing behind a flush of which nobody knows whether it is there', async () => {
    const disk = new SimulatedDisk();
    const anchor = await simulated(disk);
    await anchor.raiseVersionMark('key-1', 3);
    disk.fault = (operation) => (operation === 'datasync' ? 'EIO' : undefined);
    // A long group fails; a short one would leave the end of it behind.
    const failed = await Promise.allSettled(
      Array.from({ length: 40 }, (_, n) => anchor.registerDestruction(`material-${n}`)),
    );
    expect(failed.every(({ status }) => status === 'rejected')).toBe(true);
    expect(anchor.destroyed().size).toBe(0);
    disk.fault = () => undefined;
    await anchor.registerDestruction('material-1');
    await anchor.raiseVersionMark('key-1', 4);
    disk.crash();
    const reopened = await simulated(disk);
    expect([reopened.versionMark('key-1'), [...reopened.destroyed()]]).toEqual([4, ['material-1']]);
  });

  it('opens, answers what it knows, and writes as soon as it can', async () => {
    const disk = new SimulatedDisk();
    const first = await simulated(disk);
    await first.raiseVersionMark('key-1', 3);
    await first.close();
    disk.fault = (operation) => (operation === 'create' ? 'EROFS' : undefined);
    const anchor = await simulated(disk);
    expect([anchor.writable(), anchor.versionMark('key-1')]).toEqual([false, 3]);
    disk.fault = () => undefined;
    await anchor.raiseVersionMark('key-1', 4);
    expect([anchor.writable(), anchor.versionMark('key-1')]).toEqual([true, 4]);
    await anchor.close();
  });

  it('reads only what was made durable: a destruction found at the start was written again before it counts', async () => {
    const disk = new SimulatedDisk();
    const anchor = await simulated(disk);
    disk.fault = (operation) => (operation === 'datasync' ? 'EIO' : undefined);
    await expect(anchor.registerDestruction('material-1')).rejects.toThrow(AnchorUnavailable);
    disk.kill();
    disk.fault = () => undefined;
    const reopened = await simulated(disk);
    const known = reopened.destroyed().has('material-1');
    disk.crash();
    expect((await simulated(disk)).destroyed().has('material-1')).toBe(known);
  });
});
