import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';

/** Clock ticks per second in /proc: fixed by the kernel's interface to user space (proc(5)). */
const TICKS_PER_SECOND = 100;

/** Seconds of CPU that a process has used so far, all its threads together. Linux only, like the rest of this file. */
export function cpuSeconds(pid: number): number {
  // The name may hold blanks and brackets; fields are counted after its closing one.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1]) * 1024;
}

/** Model and number of CPUs, kernel, Node. */
export function machineText(): string {
  const models = new Set(cpus().map(({ model }) => model));
  return `${cpus().length} x ${[...models].join(', ')} · Linux ${release()} · Node ${process.version}`;
}

/**
 * Milliseconds that each of `times` syncs of a small write takes in this folder: into a file full of zeros, which is the least that a
 * durable record can cost here.
 */
export function fdatasyncTimes(folder: string, times: number): number[] {
  const path = join(folder, 'fdatasync.probe');
  const file = openSync(path, 'w+');
  try {
    writeSync(file, Buffer.alloc(1 << 20));
    fdatasyncSync(file);
    const record = Buffer.alloc(512, 7);
    return Array.from({ length: times }, (_, index) => {
      const from = performance.now();
      writeSync(file, record, 0, record.length, (index % 2048) * record.length);
      fdatasyncSync(file);
      return performance.now() - from;
    });
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
}
