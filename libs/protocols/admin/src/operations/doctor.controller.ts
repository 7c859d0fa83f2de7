import { type CallContext, ExamineServiceQuery } from '@claviger/application';
import { Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiProperty } from '@nestjs/swagger';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Route } from '../route.js';

class FindingDto {
  @ApiProperty({ enum: ['problem', 'warning', 'note'] })
  severity!: string;

  @ApiProperty({ description: 'What was looked at.', example: 'material' })
  check!: string;

  @ApiProperty({ description: 'What it is about.' })
  subject!: string;

  @ApiProperty()
  message!: string;

  @ApiProperty({ type: String, nullable: true, description: 'What to do.' })
  advice!: string | null;
}

class ExaminationDto {
  @ApiProperty({ format: 'date-time' })
  at!: string;

  @ApiProperty({ type: 'integer', description: 'Versions of keys that events speak of.' })
  versions!: number;

  @ApiProperty({ type: 'integer', description: 'References to material in the HSM.' })
  material!: number;

  @ApiProperty({ type: [FindingDto], description: 'The worst first.' })
  findings!: readonly FindingDto[];
}

@AdminController('doctor')
export class DoctorController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Route({
    operation: 'ExamineService',
    summary: 'Look for what is wrong although no call fails',
    answer: ExaminationDto,
  })
  async handle(@Call() call: CallContext): Promise<ExaminationDto> {
    const { at, ...rest } = await this.queries.execute(new ExamineServiceQuery(call));
    return { at: new Date(at).toISOString(), ...rest };
  }
}
