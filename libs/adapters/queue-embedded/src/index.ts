export { EmbeddedJobQueue, type EmbeddedJobQueueOptions } from './queue.js';
