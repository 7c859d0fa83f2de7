import { type AccountState, DATA_CLASSES, PROTECTION_LEVELS } from '@claviger/domain';
import { ApiProperty } from '@nestjs/swagger';

/** What a key gets whose creator names nothing. */
class AccountDefaultsDto {
  @ApiProperty()
  environment!: string;

  @ApiProperty({ enum: DATA_CLASSES })
  dataClass!: string;

  @ApiProperty({ enum: PROTECTION_LEVELS })
  protectionLevel!: string;
}

export class AccountDto {
  @ApiProperty({ description: 'Twelve digits.' })
  account!: string;

  @ApiProperty({ type: AccountDefaultsDto })
  defaults!: AccountDefaultsDto;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
}

export const accountDto = ({ account, defaults, createdAt }: AccountState): AccountDto => ({
  account,
  defaults,
  createdAt: new Date(createdAt).toISOString(),
});
