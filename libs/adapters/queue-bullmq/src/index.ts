export { BullJobQueue } from './queue.js';
export type { BullJobQueueOptions, JobLocks } from './options.js';
export type { RedisSettings } from './redis.js';
