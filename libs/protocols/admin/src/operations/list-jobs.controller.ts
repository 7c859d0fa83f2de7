import { type CallContext, JOB_STATES, type JobState, ListJobsQuery } from '@claviger/application';
import { Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { OptionalOneOf } from '../fields/fields.js';
import { decodeCursor, DEFAULT_LIMIT, encodeCursor, invalidCursor, type Page, pageOf, PageQuery } from '../paging.js';
import { Route } from '../route.js';
import { JobDto, jobDto } from './job.dto.js';

export class ListJobsParameters extends PageQuery {
  @OptionalOneOf(JOB_STATES, { description: 'State; dead by default.' })
  state?: JobState;
}

/** More than any queue keeps of one state. */
const FARTHEST = 1_000_000;

@AdminController('jobs')
export class ListJobsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Route({
    operation: 'ListJobs',
    summary: 'Jobs in a state, the oldest first. What the queue holds, which may be wrong and decides nothing',
    answer: pageOf(JobDto, 'JobPage'),
    ownQuery: true,
  })
  async handle(@Call() call: CallContext, @Query() query: ListJobsParameters): Promise<Page<JobDto>> {
    const { state = 'dead', cursor, limit = DEFAULT_LIMIT } = query;
    const page = await this.queries.execute(new ListJobsQuery(call, state, placeOf(cursor), limit));
    return { items: page.items.map(jobDto), next: encodeCursor(page.next === null ? null : String(page.next)) };
  }
}

function placeOf(cursor: string | undefined): number {
  const text = decodeCursor(cursor);
  if (text === '') return 0;
  const place = /^[1-9][0-9]{0,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(place <= FARTHEST)) throw invalidCursor();
  return place;
}
