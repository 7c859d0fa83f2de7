import { Worker } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './messages.js';
import { WorkerLoop } from './worker-loop.js';

/** The host's end of the line to one worker. Messages arrive in order; after `onExit` none does. */
export interface AuditWorker {
  post(message: ToWorker): void;
  onMessage(listener: (message: FromWorker) => void): void;
  /** With the error that ended it, if one did. Called once. */
  onExit(listener: (error: Error | undefined) => void): void;
  /** Ends the worker where it stands. */
  kill(): void;
}

export type SpawnAuditWorker = (path: string) => AuditWorker;

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** A thread that runs the compiled `worker.js` at `url`. */
export const threadWorker =
  (url: URL): SpawnAuditWorker =>
  (path) => {
    // No environment: it may hold first credentials, and the thread needs none of it.
    const worker = new Worker(url, { workerData: path, env: {}, name: 'audit-view' });
    let failure: Error | undefined;
    worker.on('error', (error: unknown) => {
      failure = asError(error);
    });
    return {
      post: (message) => worker.postMessage(message),
      onMessage: (listener) => void worker.on('message', listener),
      onExit: (listener) =>
        void worker.on('exit', (code) =>
          listener(failure ?? (code === 0 ? undefined : new Error(`the worker ended with code ${code}`))),
        ),
      kill: () => void worker.terminate(),
    };
  };

/** The worker of this build. */
export const defaultWorker: SpawnAuditWorker = (path) => threadWorker(new URL('./worker.js', import.meta.url))(path);

/** The same loop on the caller's own thread, for tests of what stands around it: messages are copied and arrive in later turns. */
export const inlineWorker: SpawnAuditWorker = (path) => {
  let listen: (message: FromWorker) => void = () => undefined;
  let exit: (error: Error | undefined) => void = () => undefined;
  let alive = true;
  const end = (error: Error | undefined): void => {
    if (!alive) return;
    alive = false;
    setImmediate(() => exit(error));
  };
  const deliver = (message: FromWorker): void => {
    const copy = structuredClone(message);
    setImmediate(() => listen(copy));
  };
  const loop = new WorkerLoop({ post: deliver, close: () => end(undefined) });
  const guarded = (work: () => void): void => {
    if (!alive) return;
    try {
      work();
    } catch (error) {
      end(asError(error));
    }
  };
  setImmediate(() => guarded(() => loop.open(path)));
  return {
    post: (message) => {
      const copy = structuredClone(message);
      setImmediate(() => guarded(() => loop.receive(copy)));
    },
    onMessage: (listener) => {
      listen = listener;
    },
    onExit: (listener) => {
      exit = listener;
    },
    kill: () => {
      // The loop's file is closed with it, or a test could not throw it away.
      guarded(() => loop.receive({ kind: 'close' }));
      end(undefined);
    },
  };
};
