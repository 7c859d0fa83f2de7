import type { RekeyView, RootRotationView, SealView } from '@claviger/application';
import { ApiProperty } from '@nestjs/swagger';

export class ShareProgressDto {
  @ApiProperty({ description: 'Names the set of shares that is wanted.' })
  set!: string;

  @ApiProperty({ type: 'integer', description: 'Shares that were handed out.' })
  shares!: number;

  @ApiProperty({ type: 'integer', description: 'How many of them are needed.' })
  threshold!: number;

  @ApiProperty({
    type: 'array',
    items: { type: 'integer' },
    description: 'Indexes of those that were given, from 1 up.',
  })
  given!: readonly number[];

  @ApiProperty({ type: 'integer', description: 'How many more are needed.' })
  missing!: number;
}

class RekeyProgressDto extends ShareProgressDto {
  @ApiProperty({
    enum: ['authorising', 'confirming'],
    description:
      '`authorising`: present shares are collected; `confirming`: the new ones, to see that they were written down.',
  })
  step!: string;
}

/** The seal of the root key. A sealed service answers in this form too, without a token. */
export class SealDto {
  @ApiProperty({ enum: ['keyfile', 'passphrase', 'shares', 'pkcs11'] })
  kind!: string;

  @ApiProperty({
    enum: ['not-initialised', 'sealed', 'starting', 'unsealed'],
    description: '`starting`: it is open, the service is not there yet.',
  })
  state!: string;

  @ApiProperty({
    type: ShareProgressDto,
    nullable: true,
    description: 'Shares given so far; null where none are wanted.',
  })
  shares!: ShareProgressDto | null;

  @ApiProperty({ type: RekeyProgressDto, nullable: true, description: 'A rekey of shares that is under way.' })
  rekey!: RekeyProgressDto | null;
}

export const sealDto = ({ kind, state, shares, rekey }: SealView): SealDto => ({ kind, state, shares, rekey });

export class InitialisedDto {
  @ApiProperty({ type: SealDto })
  seal!: SealDto;

  @ApiProperty({
    type: [String],
    nullable: true,
    description: 'The shares, here and nowhere else: hand each to another person. Null for a passphrase.',
  })
  shares!: readonly string[] | null;
}

export class RekeyDto {
  @ApiProperty({ type: RekeyProgressDto, nullable: true, description: 'Null: none is under way (any more).' })
  rekey!: RekeyProgressDto | null;

  @ApiProperty({
    type: [String],
    nullable: true,
    description: 'The new shares, here and nowhere else. They count once as many as are needed were given back.',
  })
  newShares!: readonly string[] | null;

  @ApiProperty({ description: 'True: the new shares count from now on, the former ones open nothing any more.' })
  done!: boolean;
}

export const rekeyDto = ({ rekey, newShares, done }: RekeyView): RekeyDto => ({ rekey, newShares, done });

/** How far the exchange of the root key is. */
export class RootRotationDto {
  @ApiProperty({
    enum: ['none', 'running', 'settling', 'held-up', 'failed', 'finished'],
    description:
      '`settling`: everything found is under the new root key; a last pass follows at `settledAt`. `held-up`: some records open under neither, see `unreadable`. `failed`: a pass could not be finished and is begun again.',
  })
  step!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Id of the former root key.' })
  from!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Id of the new root key.' })
  to!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  startedAt!: string | null;

  @ApiProperty({ type: 'integer', description: 'Records that this pass has looked at.' })
  done!: number;

  @ApiProperty({ type: 'integer', description: 'Records that there are.' })
  of!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When the last pass begins.' })
  settledAt!: string | null;

  @ApiProperty({ type: [String], description: 'References of records that open under neither root key.' })
  unreadable!: readonly string[];

  @ApiProperty({ type: String, nullable: true, description: 'Why the last pass failed.' })
  problem!: string | null;
}

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export const rootRotationDto = ({ startedAt, settledAt, ...view }: RootRotationView): RootRotationDto => ({
  ...view,
  startedAt: iso(startedAt),
  settledAt: iso(settledAt),
});
