import { type CallContext, type KeyReference, UnwrapDataKey } from '@claviger/application';
import { Body, Post } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { bytesOf } from '../fields/base64.js';
import { Text, WholeNumber } from '../fields/fields.js';
import { Route } from '../route.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

/** 520 bytes in Base64. */
const LONGEST = 696;

class UnwrapDataKeyBody {
  @Text({ min: 1, max: LONGEST, description: 'The wrapped data key (RFC 5649), in Base64.' })
  wrapped!: string;

  @WholeNumber({ min: 1, max: 2 ** 31 - 1, description: 'The version that wrapped it.' })
  version!: number;
}

class DataKeyDto {
  @ApiProperty({ format: 'password', description: 'The data key, in Base64.' })
  dataKey!: string;
}

@AdminController('keys')
export class UnwrapDataKeyController {
  constructor(private readonly unwrap: UnwrapDataKey) {}

  @Post(':id/unwrap-data-key')
  @ApiKeyParam()
  @Route({
    operation: 'UnwrapDataKey',
    summary: "Unwrap an application's data key inside the token",
    answer: DataKeyDto,
  })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Body() body: UnwrapDataKeyBody,
  ): Promise<DataKeyDto> {
    const wrapped = bytesOf('wrapped', body.wrapped);
    const { dataKey } = await this.unwrap.execute(call, { key, wrapped, version: body.version });
    const text = Buffer.from(dataKey).toString('base64');
    dataKey.fill(0);
    return { dataKey: text };
  }
}
