import { ApiProperty } from '@nestjs/swagger';

const Maybe = (description: string): PropertyDecorator => ApiProperty({ type: String, required: false, description });

/** An error as problem details (RFC 9457). */
export class ProblemDto {
  @ApiProperty({ description: 'URN of the kind of error.', example: 'urn:claviger:error:NotFound' })
  type!: string;

  @ApiProperty({ description: 'The kind in words; the same for every error of it.' })
  title!: string;

  @ApiProperty({ type: 'integer', description: 'HTTP status.' })
  status!: number;

  @ApiProperty({ description: 'What happened: argument, expectation, finding. Never a secret.' })
  detail!: string;

  @Maybe('Id of this request: the one under which it is on record.')
  requestId?: string;

  @Maybe('What the call was about.')
  resource?: string;

  @Maybe('State that forbids the operation.')
  state?: string;

  @Maybe('Operation that was refused.')
  operation?: string;

  @Maybe('Argument that is wrong.')
  argument?: string;

  @Maybe('What it should be.')
  expected?: string;

  @Maybe('What it is.')
  found?: string;

  @Maybe('Which of several refusals it is, where an operation names them: `wrong-share`.')
  reason?: string;
}
