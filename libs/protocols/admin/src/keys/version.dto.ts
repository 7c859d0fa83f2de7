import { ApiProperty } from '@nestjs/swagger';

const Moment = (description: string): PropertyDecorator =>
  ApiProperty({ type: String, format: 'date-time', nullable: true, description });

/** A version, in exactly the members of R-90. */
export class VersionDto {
  @ApiProperty({ type: 'integer' })
  version!: number;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ description: 'Effective status, lower case.', example: 'active' })
  status!: string;

  @Moment('When a rotation made it ACTIVE; null: none did.')
  last_rotated!: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Version that it replaced.' })
  rotated_from!: number | null;

  @Moment('Last use; null: unknown.')
  last_used!: string | null;

  @Moment('When the next automatic rotation is due; null: none is.')
  rotation_scheduled!: string | null;
}

/** */
export class VersionsDto {
  @ApiProperty()
  key_id!: string;

  @ApiProperty({ type: [VersionDto] })
  versions!: readonly VersionDto[];
}
