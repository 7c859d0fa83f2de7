import { JobQueue, type JobState, type JobView } from '@claviger/ports';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { authorise } from '../access/authorise.js';
import type { CallContext } from '../call-context.js';

export interface JobPage {
  readonly items: readonly JobView[];
  /** Where to go on; null at the end. */
  readonly next: number | null;
}

/** Jobs in one state, the oldest first. What the queue says, which decides nothing. */
export class ListJobsQuery extends Query<JobPage> {
  constructor(
    readonly call: CallContext,
    readonly state: JobState,
    /** How many to leave out. */
    readonly from: number,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(ListJobsQuery)
export class ListJobsHandler implements IQueryHandler<ListJobsQuery> {
  constructor(private readonly jobs: JobQueue) {}

  async execute({ call, state, from, limit }: ListJobsQuery): Promise<JobPage> {
    authorise(call, { action: 'claviger:ListJobs', resource: '*', account: call.caller.account }, undefined);
    const items = await this.jobs.list(state, from, limit);
    return { items, next: items.length < limit ? null : from + items.length };
  }
}
