import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiExtraModels, ApiHeader, ApiOperation, ApiQuery, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { Operation } from './call.js';
import { ProblemDto } from './problem.dto.js';

interface About {
  /** Name in records and authorisation. */
  readonly operation: string;
  readonly summary: string;
  readonly status?: 200 | 201 | 202 | 204;
  readonly answer?: new () => object;
  /** Changes something: takes Idempotency-Key. */
  readonly change?: boolean;
  /** About one key: answers with its ETag; a change takes If-Match. */
  readonly revisions?: boolean;
  /** The query class has the Region among its members already. */
  readonly ownQuery?: boolean;
}

const REGION = {
  name: 'region',
  required: false,
  description: 'Region; the first configured one by default.',
  schema: { type: 'string' },
} as const;
const REASON = {
  name: 'x-claviger-reason',
  required: false,
  description: 'Why: a reason or ticket, kept in the record (R-165). UTF-8.',
};
const IDEMPOTENCY_KEY = {
  name: 'idempotency-key',
  required: false,
  description: 'The same key with the same request is answered with the first result for 24 hours.',
};
const IF_MATCH = {
  name: 'if-match',
  required: false,
  description: 'Revision (ETag) that the key must have, else 412.',
};
const ETAG = { ETag: { description: 'Revision of the key.', schema: { type: 'string' as const, example: '"3"' } } };
const LOCATION = { Location: { description: 'Where the new resource is.', schema: { type: 'string' as const } } };

/** What every route says about itself: operation, status, OpenAPI. */
export function Route(about: About): MethodDecorator {
  const { operation, summary, status = 200, answer, change = false, revisions = false, ownQuery = false } = about;
  const problem = { schema: { $ref: getSchemaPath(ProblemDto) } };
  return applyDecorators(
    Operation(operation),
    HttpCode(status),
    ApiOperation({ summary, operationId: operation }),
    ApiResponse({
      status,
      description: 'Done.',
      headers: { ...(revisions ? ETAG : {}), ...(status === 201 ? LOCATION : {}) },
      ...(answer === undefined ? {} : { type: answer }),
    }),
    ApiExtraModels(ProblemDto),
    ApiResponse({
      status: 'default',
      description: 'Problem details (RFC 9457).',
      content: { 'application/problem+json': problem },
    }),
    ...(ownQuery ? [] : [ApiQuery(REGION)]),
    ApiHeader(REASON),
    ...(change ? [ApiHeader(IDEMPOTENCY_KEY)] : []),
    ...(change && revisions ? [ApiHeader(IF_MATCH)] : []),
  );
}
