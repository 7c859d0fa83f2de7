import { eraseMonth } from './erase.js';
import { AuditFold } from './fold.js';
import {
  type EraseMessage,
  type FoldMessage,
  type FromWorker,
  type SearchMessage,
  type ToWorker,
  unpackEntries,
} from './messages.js';
import { searchAudit } from './query.js';
import { AuditFile, saysUnusable } from './table.js';

/** The worker's end of the line. */
export interface WorkerPort {
  post(message: FromWorker): void;
  /** No message will be posted or wanted any more; the worker may end. */
  close(): void;
}

/** Fewer cost more per row; a search waits for this many at most. */
const ENTRIES_TOGETHER = 1_000;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * What the worker thread does: folds what it is sent, one batch per turn of its event loop, and answers searches between two batches, so
 * that a search never waits for more than one of them.
 */
export class WorkerLoop {
  private file: AuditFile | undefined;
  private fold: AuditFold | undefined;
  private queue: (FoldMessage | EraseMessage)[] = [];
  private erasing: { readonly id: number; readonly steps: Generator<void, void, void> } | undefined;
  private failedEpoch = -1;
  private scheduled = false;

  constructor(private readonly port: WorkerPort) {}

  /** Opens the file and says `ready`, or why not. @throws SQLite's errors when the file is out of reach */
  open(path: string): void {
    try {
      this.file = AuditFile.open(path);
      this.fold = new AuditFold(this.file);
      this.port.post({ kind: 'ready', checkpoint: this.fold.checkpoint });
    } catch (error) {
      if (!saysUnusable(error)) throw error;
      this.unusable(error);
    }
  }

  receive(message: ToWorker): void {
    const { file, fold } = this;
    if (file === undefined || fold === undefined) return;
    switch (message.kind) {
      case 'search':
        return this.search(file, fold, message);
      case 'close':
        return this.close();
      case 'entries':
      case 'events':
      case 'erase':
        this.queue.push(message);
        return this.schedule();
    }
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.step();
      if (this.queue.length > 0 || this.erasing !== undefined) this.schedule();
    });
  }

  private step(): void {
    const { file, fold } = this;
    if (file === undefined || fold === undefined) return;
    if (this.erasing !== undefined) return this.erase(fold, this.erasing);
    const task = this.queue.shift();
    if (task === undefined) return;
    if (task.kind === 'erase') {
      // Behind everything that was posted before: the details it must reach may lie in those batches.
      this.erasing = { id: task.id, steps: eraseMonth(file, task.account, task.month) };
      return;
    }
    this.take(fold, task);
  }

  private take(fold: AuditFold, task: FoldMessage): void {
    const { epoch } = task;
    if (epoch <= this.failedEpoch) return;
    let { size } = task;
    try {
      if (task.kind === 'events') fold.events(task.events);
      else {
        const entries = [...unpackEntries(task.entries)];
        // Many rows touch the same pages of the indexes: with a thousand in a transaction a row costs about half as much.
        for (let next = this.queue[0]; entries.length < ENTRIES_TOGETHER; next = this.queue[0]) {
          if (next?.kind !== 'entries' || next.epoch !== epoch) break;
          this.queue.shift();
          entries.push(...unpackEntries(next.entries));
          size += next.size;
        }
        fold.entries(entries);
      }
    } catch (error) {
      if (saysUnusable(error)) return this.unusable(error);
      this.failedEpoch = epoch;
      return this.port.post({ kind: 'foldFailed', epoch, reason: reasonOf(error) });
    }
    this.port.post({ kind: 'folded', epoch, size, checkpoint: fold.checkpoint });
  }

  private erase(fold: AuditFold, { id, steps }: { id: number; steps: Generator<void, void, void> }): void {
    try {
      if (steps.next().done !== true) return;
      this.erasing = undefined;
      fold.forgetNames();
      this.port.post({ kind: 'erased', id });
    } catch (error) {
      this.erasing = undefined;
      fold.forgetNames();
      this.refuse(id, error);
    }
  }

  private search(file: AuditFile, { checkpoint }: AuditFold, { id, filter, cursor, limit }: SearchMessage): void {
    try {
      this.port.post({ kind: 'found', id, page: searchAudit(file, filter, cursor, limit), checkpoint });
    } catch (error) {
      this.refuse(id, error);
    }
  }

  private refuse(id: number, error: unknown): void {
    if (saysUnusable(error)) return this.unusable(error);
    this.port.post({
      kind: 'refused',
      id,
      error: error instanceof Error ? error.name : 'Error',
      message: reasonOf(error),
    });
  }

  private unusable(error: unknown): void {
    this.port.post({ kind: 'unusable', reason: reasonOf(error) });
    this.close();
  }

  private close(): void {
    this.queue = [];
    this.erasing = undefined;
    const { file } = this;
    this.file = undefined;
    this.fold = undefined;
    try {
      file?.close();
    } finally {
      this.port.close();
    }
  }
}
