// Main of the audit view's worker thread. Started by `spawn.ts`, which hands it the path of the file.
import { parentPort, workerData } from 'node:worker_threads';
import type { ToWorker } from './messages.js';
import { WorkerLoop } from './worker-loop.js';

const port = parentPort;
const path: unknown = workerData;
if (port === null || typeof path !== 'string') throw new Error('this file runs as a worker of the audit view');

const loop = new WorkerLoop({ post: (message) => port.postMessage(message), close: () => port.close() });
port.on('message', (message: ToWorker) => loop.receive(message));
loop.open(path);
