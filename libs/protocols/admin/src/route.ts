import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { Operation } from './call.js';

interface About {
  /** Name in records and authorisation. */
  readonly operation: string;
  readonly summary: string;
  readonly status?: 200 | 201;
  readonly answer?: (new () => object) | undefined;
  /** Changes something: takes Idempotency-Key and a reason. */
  readonly change?: boolean;
  /** Answers with an ETag and takes If-Match. */
  readonly revisions?: boolean;
}

const REASON = { name: 'x-claviger-reason', required: false, description: 'Why: a reason or ticket, kept in the record (R-165).' };

/** What every route says about itself: operation, status, OpenAPI. */
export function Route({ operation, summary, status = 200, answer, change = false, revisions = false }: About): MethodDecorator {
  return applyDecorators(
    Operation(operation),
    HttpCode(status),
    ApiOperation({ summary, operationId: operation }),
    ApiResponse({ status, ...(answer === undefined ? {} : { type: answer }) }),
    ApiResponse({ status: 'default', description: 'Problem details (RFC 9457).', content: { 'application/problem+json': { schema: { type: 'object' } } } }),
    ApiQuery({ name: 'region', required: false, description: 'Region; the first configured one by default.' }),
    ApiHeader(REASON),
    ...(change ? [ApiHeader({ name: 'idempotency-key', required: false, description: 'The same key and request are answered with the first result for 24 hours.' })] : []),
    ...(revisions ? [ApiHeader({ name: 'if-match', required: false, description: 'Revision (ETag) that the key must have.' })] : []),
  );
}
