import { ApiProperty } from '@nestjs/swagger';

/** Something that waits for an operator. */
export class HoldDto {
  @ApiProperty({ enum: ['anchor', 'clock'] })
  kind!: string;

  @ApiProperty({ enum: ['use', 'destruction'], description: 'What waits until it is accepted.' })
  stops!: string;

  @ApiProperty({ type: [String], description: 'What was found.' })
  findings!: readonly string[];
}

export class OperatorReportDto {
  @ApiProperty({ description: 'SHA-256 of the report, hex: what an operator accepts.' })
  report!: string;

  @ApiProperty({ type: [HoldDto], description: 'Empty: nothing waits.' })
  holds!: readonly HoldDto[];
}
