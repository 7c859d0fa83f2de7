import type { AuditRecord } from '@claviger/application';
import { ApiProperty } from '@nestjs/swagger';

const Maybe = (description: string): PropertyDecorator => ApiProperty({ type: String, nullable: true, description });

/** One call, as it is on record: a use, a read, a refusal, or a change with its events. */
export class AuditRecordDto {
  @ApiProperty({ format: 'date-time' })
  at!: string;

  @ApiProperty({ description: 'Id of the request; the caller got it too.' })
  requestId!: string;

  @Maybe('Principal id; null: the caller did not authenticate.')
  principal!: string | null;

  @Maybe('Name that the principal bore then.')
  principalName!: string | null;

  @ApiProperty({ example: 'Decrypt' })
  operation!: string;

  @ApiProperty({ example: 'aws-kms' })
  protocol!: string;

  @ApiProperty({ enum: ['success', 'denied', 'failure'] })
  result!: string;

  @Maybe('Kind of the error; DamagedRecord where the record itself does not verify.')
  error!: string | null;

  @Maybe('Key.')
  keyId!: string | null;

  @Maybe('How the caller named the key, where it was not by its id.')
  named!: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'The version that was used or made.' })
  version!: number | null;

  @ApiProperty({ type: [Number], description: 'All versions concerned.' })
  versions!: readonly number[];

  @Maybe('Address that the call came from.')
  source!: string | null;

  @Maybe('What the caller said it is.')
  userAgent!: string | null;

  @Maybe('Why, as the caller said.')
  reason!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, description: 'Encryption context.' })
  context!: Readonly<Record<string, string>>;

  @ApiProperty({ type: [String], description: 'Events that a change made.' })
  events!: readonly string[];

  @Maybe('Region.')
  region!: string | null;

  @Maybe('Node that answered.')
  node!: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'Revisions that the decision rests on.',
  })
  decidedOn!: object;

  @ApiProperty({ type: 'integer', description: 'How many calls the record stands for.' })
  calls!: number;

  @ApiProperty({ description: 'The personal part was erased.' })
  erased!: boolean;

  @ApiProperty({ type: 'object', additionalProperties: true })
  extra!: object;

  @ApiProperty({ enum: ['journal', 'event'], description: 'Where the record is kept.' })
  kept!: string;

  @ApiProperty({ description: 'Sequence in the journal, or position in the event store.' })
  position!: string;
}

export const auditRecordDto = (row: AuditRecord): AuditRecordDto => ({
  at: new Date(row.at).toISOString(),
  requestId: row.requestId,
  principal: row.principal,
  principalName: row.principalName,
  operation: row.operation,
  protocol: row.protocol,
  result: row.result,
  error: row.error,
  keyId: row.keyId,
  named: row.named,
  version: row.version,
  versions: row.versions,
  source: row.sourceAddress,
  userAgent: row.userAgent,
  reason: row.reason,
  context: row.context,
  events: row.eventTypes,
  region: row.region,
  node: row.node,
  decidedOn: row.decidedOn,
  calls: row.calls,
  erased: row.erased,
  extra: row.extra,
  kept: row.source,
  position: row.position,
});
