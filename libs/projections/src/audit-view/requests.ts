import type { AuditCheckpoint } from './fold.js';
import type { EraseMessage, SearchMessage } from './messages.js';
import { type AuditPage, InvalidCursor } from './query.js';

/** The view cannot answer now; nothing is wrong with the question. */
export class AuditViewUnavailable extends Error {
  override readonly name = 'AuditViewUnavailable';
}

/** A page together with how far the view was when it was read. */
export interface Found {
  readonly page: AuditPage;
  readonly checkpoint: AuditCheckpoint;
}

interface Request {
  readonly message: SearchMessage | EraseMessage;
  readonly resolve: (found: Found) => void;
  readonly reject: (error: Error) => void;
  /** Workers that died with it. */
  deaths: number;
}

/** A question that killed two workers is not asked a third. */
const MOST_DEATHS = 2;

/** Questions to a worker that are not answered yet. They outlive the worker: its successor is asked again. */
export class Requests {
  private readonly open = new Map<number, Request>();
  private idle: (() => void)[] = [];

  get messages(): readonly (SearchMessage | EraseMessage)[] {
    return [...this.open.values()].map(({ message }) => message);
  }

  add(message: SearchMessage | EraseMessage): Promise<Found> {
    return new Promise((resolve, reject) => this.open.set(message.id, { message, resolve, reject, deaths: 0 }));
  }

  answer(id: number, found: Found): void {
    this.open.get(id)?.resolve(found);
    this.remove(id);
  }

  refuse(id: number, name: string, message: string): void {
    this.open.get(id)?.reject(refusal(name, message));
    this.remove(id);
  }

  workerDied(): void {
    for (const [id, request] of this.open) {
      request.deaths += 1;
      if (request.deaths >= MOST_DEATHS) this.refuse(id, '', 'the audit view could not answer');
    }
  }

  refuseAll(message: string): void {
    for (const id of this.open.keys()) this.refuse(id, '', message);
  }

  /** Resolves when no question is open. */
  settled(): Promise<void> {
    if (this.open.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  private remove(id: number): void {
    this.open.delete(id);
    if (this.open.size > 0) return;
    const { idle } = this;
    this.idle = [];
    for (const resolve of idle) resolve();
  }
}

function refusal(name: string, message: string): Error {
  if (name === 'InvalidCursor') return new InvalidCursor(message);
  return name === 'RangeError' ? new RangeError(message) : new AuditViewUnavailable(message);
}
