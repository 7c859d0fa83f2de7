import { JOB_STATES, type JobView } from '@claviger/application';
import { ApiProperty } from '@nestjs/swagger';

export class JobDto {
  @ApiProperty({ description: 'What it is about.', example: 'rotate-111122223333-us-east-1-<key id>-v3' })
  id!: string;

  @ApiProperty({ enum: [...JOB_STATES] })
  state!: string;

  @ApiProperty({ type: 'integer', description: 'Runs that have failed.' })
  failures!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When it was first asked for.' })
  since!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When it is tried again.' })
  notBefore!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'What the last run failed with.' })
  reason!: string | null;
}

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export const jobDto = ({ id, state, failures, since, notBefore, reason }: JobView): JobDto => ({
  id,
  state,
  failures,
  since: iso(since),
  notBefore: iso(notBefore),
  reason,
});
