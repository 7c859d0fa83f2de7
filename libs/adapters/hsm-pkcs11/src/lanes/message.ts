import type { Answer, JobName, Jobs } from '../token/jobs.js';

/** What a thread is started with. */
export interface LaneSettings {
  readonly modulePath: string;
}

export interface LaneMessage {
  readonly id: number;
  readonly job: JobName;
  readonly request: Jobs[JobName]['request'];
}

export interface LaneAnswer {
  readonly id: number;
  readonly answer: Answer<JobName>;
}

export function isLaneSettings(value: unknown): value is LaneSettings {
  return typeof value === 'object' && value !== null && 'modulePath' in value && typeof value.modulePath === 'string';
}
