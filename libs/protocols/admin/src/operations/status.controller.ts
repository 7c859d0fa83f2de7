import { type CallContext, ServiceStatusQuery } from '@claviger/application';
import { Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiProperty } from '@nestjs/swagger';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Route } from '../route.js';
import { HoldDto } from './hold.dto.js';

class StoreDto {
  @ApiProperty({ description: 'Position of the last event.' })
  position!: string;
}

class JournalDto {
  @ApiProperty({ type: 'integer', description: 'Sequence of the last entry.' })
  head!: number;

  @ApiProperty()
  writable!: boolean;
}

class KeyStateDto {
  @ApiProperty({ description: 'Position that it has got to.' })
  position!: string;

  @ApiProperty({ description: 'Positions still to come.' })
  behind!: string;

  @ApiProperty({ description: 'Is it fed?' })
  following!: boolean;
}

class AuditViewDto {
  @ApiProperty({ type: 'integer', description: 'Journal entries still to come.' })
  behindJournal!: number;

  @ApiProperty({ type: 'integer', description: 'Positions of the event store still to come.' })
  behindStore!: number;
}

class TokenStateDto {
  @ApiProperty({ enum: ['ready', 'unavailable'] })
  kind!: string;

  @ApiProperty({ required: false, description: 'Why it does not answer.' })
  why?: string;
}

class TokenStatusDto {
  @ApiProperty()
  label!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Serial number; null until it was reached once.' })
  serial!: string | null;

  @ApiProperty({ type: TokenStateDto })
  state!: TokenStateDto;

  @ApiProperty({ type: [String], description: 'What the service offers and this token does not.' })
  lacks!: readonly string[];
}

class StatusDto {
  @ApiProperty()
  profile!: string;

  @ApiProperty()
  role!: string;

  @ApiProperty()
  node!: string;

  @ApiProperty()
  account!: string;

  @ApiProperty({ type: [String] })
  regions!: readonly string[];

  @ApiProperty({ description: 'What keeps the root key.' })
  seal!: string;

  @ApiProperty({ description: 'What keeps the keys of protection level SOFTWARE.' })
  hsm!: string;

  @ApiProperty({ type: TokenStatusDto, nullable: true, description: 'What keeps those of level HSM; null: nothing.' })
  token!: TokenStatusDto | null;

  @ApiProperty({ type: [String], description: 'Why calls cannot be served; empty when they can.' })
  notReady!: readonly string[];

  @ApiProperty({ type: StoreDto })
  store!: StoreDto;

  @ApiProperty({ type: JournalDto })
  journal!: JournalDto;

  @ApiProperty({ type: KeyStateDto })
  keyState!: KeyStateDto;

  @ApiProperty({ type: AuditViewDto })
  auditView!: AuditViewDto;

  @ApiProperty({ type: 'integer', description: 'Resources whose record does not verify.' })
  outOfUse!: number;

  @ApiProperty({ type: [HoldDto] })
  holds!: readonly HoldDto[];
}

@AdminController('status')
export class StatusController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Route({ operation: 'GetStatus', summary: 'How the service is', answer: StatusDto })
  async handle(@Call() call: CallContext): Promise<StatusDto> {
    return this.queries.execute(new ServiceStatusQuery(call));
  }
}
