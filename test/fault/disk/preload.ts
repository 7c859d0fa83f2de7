/**
 * Loaded into a server with `node --import` before anything else: puts a bad disk under its files. Node runs this file as it is, so it
 * holds nothing but erasable types and imports nothing of ours.
 *
 * Messages in, each with an `id` that the answer bears:
 * {type: 'fault', operations, path, code} makes these operations fail on paths that contain `path` · {type: 'heal'} ends that ·
 * {type: 'forgetful', paths} remembers what was overwritten until it is synced · {type: 'cut', seed} cuts the power: any part of what
 * was not synced is lost, then the process is gone.
 *
 * SQLite does its own input and output and is not reached from here.
 */
import fs from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

type Operation = 'open' | 'write' | 'sync';

interface Fault {
  readonly operations: readonly Operation[];
  readonly path: string;
  readonly code: string;
}

/** What a write replaced. */
interface Replaced {
  readonly path: string;
  readonly position: number;
  readonly bytes: Buffer;
  /** Length of the file before the write. */
  readonly length: number;
}

let fault: Fault | undefined;
let forgetful: readonly string[] = [];
let unsynced: Replaced[] = [];

// --- the real operations, as they were before this file ---

const real = { ...fs };

const pathOf = (fd: number): string => {
  try {
    return real.readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
};

function failure(operation: Operation, path: string): NodeJS.ErrnoException | undefined {
  if (fault === undefined || !fault.operations.includes(operation) || !path.includes(fault.path)) return undefined;
  const error: NodeJS.ErrnoException = new Error(`${fault.code}: planted, ${operation} '${path}'`);
  error.code = fault.code;
  error.syscall = operation;
  return error;
}

function check(operation: Operation, path: string): void {
  const error = failure(operation, path);
  if (error !== undefined) throw error;
}

/** Keeps what a write is about to replace. */
function remember(fd: number, length: number, position: number | null | undefined): void {
  const path = pathOf(fd);
  if (!forgetful.some((part) => path.includes(part))) return;
  const size = real.fstatSync(fd).size;
  const at = position ?? size;
  const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - at)));
  // The service may have opened it for writing only.
  const reader = real.openSync(path, 'r');
  try {
    real.readSync(reader, bytes, 0, bytes.length, at);
  } finally {
    real.closeSync(reader);
  }
  unsynced.push({ path, position: at, bytes, length: size });
}

/** Call before a sync; call what it answers after its success. */
function syncing(fd: number): () => void {
  const path = pathOf(fd);
  // Only what was written before the sync began is safe.
  const before = new Set(unsynced.filter((replaced) => replaced.path === path));
  return () => {
    unsynced = unsynced.filter((replaced) => !before.has(replaced));
  };
}

// --- node:fs ---

type Callback = (error: Error | null, ...rest: unknown[]) => void;

fs.writeSync = ((fd: number, bytes: Uint8Array, offset?: number, length?: number, position?: number | null): number => {
  check('write', pathOf(fd));
  remember(fd, length ?? bytes.length - (offset ?? 0), position);
  return real.writeSync(fd, bytes, offset, length, position);
}) as typeof fs.writeSync;

function syncSync(name: 'fsyncSync' | 'fdatasyncSync'): (fd: number) => void {
  return (fd) => {
    check('sync', pathOf(fd));
    const synced = syncing(fd);
    real[name](fd);
    synced();
  };
}
fs.fsyncSync = syncSync('fsyncSync');
fs.fdatasyncSync = syncSync('fdatasyncSync');

function sync(name: 'fsync' | 'fdatasync'): (fd: number, done: Callback) => void {
  return (fd, done) => {
    const error = failure('sync', pathOf(fd));
    if (error !== undefined) {
      setImmediate(done, error);
      return;
    }
    const synced = syncing(fd);
    real[name](fd, (problem) => {
      if (problem === null) synced();
      done(problem);
    });
  };
}
fs.fsync = sync('fsync') as typeof fs.fsync;
fs.fdatasync = sync('fdatasync') as typeof fs.fdatasync;

fs.openSync = ((path: fs.PathLike, ...rest: [fs.OpenMode, fs.Mode?]): number => {
  if (rest[0] !== 'r' && rest[0] !== undefined) check('open', String(path));
  return real.openSync(path, ...rest);
}) as typeof fs.openSync;

const promised = fs.promises.open;
fs.promises.open = async (path, flags, mode) => {
  if (flags !== 'r' && flags !== undefined && flags !== fs.constants.O_RDONLY) check('open', String(path));
  return promised(path, flags, mode);
};

// --- FileHandle, which has no constructor to be named ---

const handle = await open('/dev/null', 'r');
const methods = Object.getPrototypeOf(handle) as FileHandle;
await handle.close();
const { write, sync: fullSync, datasync } = methods;

methods.write = async function (
  this: FileHandle,
  bytes: Uint8Array,
  offset?: number,
  length?: number,
  position?: number | null,
) {
  check('write', pathOf(this.fd));
  remember(this.fd, length ?? bytes.length - (offset ?? 0), position);
  return Reflect.apply(write, this, [bytes, offset, length, position]) as ReturnType<typeof write>;
} as typeof write;

function handleSync(original: () => Promise<void>): (this: FileHandle) => Promise<void> {
  return async function (this: FileHandle) {
    check('sync', pathOf(this.fd));
    const synced = syncing(this.fd);
    await Reflect.apply(original, this, []);
    synced();
  };
}
methods.sync = handleSync(fullSync);
methods.datasync = handleSync(datasync);

// What others import by name from node:fs is what was just put there.
syncBuiltinESMExports();

// --- the power ---

/** Undoes, newest first, what was not synced; each write is lost or has reached the disk by itself, as chance will have it. */
function cut(seed: number): never {
  let state = seed;
  for (const { path, position, bytes, length } of unsynced.toReversed()) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    if (state < 2 ** 30 || !real.existsSync(path)) continue;
    const file = real.openSync(path, 'r+');
    real.writeSync(file, bytes, 0, bytes.length, position);
    real.ftruncateSync(file, Math.max(length, position + bytes.length));
    real.closeSync(file);
  }
  process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  throw new Error('unreachable');
}

interface Message {
  readonly id: number;
  readonly type: string;
  readonly paths?: readonly string[];
  readonly seed?: number;
}

process.on('message', (message: Message & Fault) => {
  if (message.type === 'fault') fault = message;
  else if (message.type === 'heal') fault = undefined;
  else if (message.type === 'forgetful') forgetful = message.paths ?? [];
  else if (message.type === 'cut') cut(message.seed ?? 0);
  process.send?.({ id: message.id });
});
// The channel alone must not keep a server from ending.
process.channel?.unref();
